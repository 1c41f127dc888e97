select p.sku, p.name, p.description, p.price, p.tags, p.active,
       coalesce((select sum(s.quantity) from stock s where s.sku = p.sku), 0)::integer as "inStock"
from products p
where p.sku = :sku
