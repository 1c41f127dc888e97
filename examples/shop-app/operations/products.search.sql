select sku, name, price
from products
where active and position(:text in name) > 0
order by name, sku
limit 50
