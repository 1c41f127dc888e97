select p.sku, p.name, p.price as "listPrice",
       round(p.price * case c.tier when 'gold' then 0.90 when 'silver' then 0.95 else 1.00 end, 2) as price
from customers c
join products p on p.active and p.sku = any (cast(:skus as text[]))
where c.id = :customerId
order by p.sku
