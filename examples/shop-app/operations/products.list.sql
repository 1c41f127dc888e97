select sku, name, price, tags
from products
where active and (cast(:tag as text) is null or :tag = any (tags))
order by sku
limit coalesce(cast(:limit as integer), 50)
