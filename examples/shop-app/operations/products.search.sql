select sku, name, price
from products
where active and position(lower(:text) in lower(name)) > 0
order by name, sku
limit 50
