-- A product that is unknown or no longer sold has no price, which the table refuses: the whole order fails.
with placed as (
  insert into orders (customer_id, note) values (:customerId, :note) returning id, status
), lines as (
  insert into order_items (order_id, sku, quantity, unit_price)
  select placed.id, item.sku, item.quantity, round(p.price * case c.tier when 'gold' then 0.90 when 'silver' then 0.95 else 1.00 end, 2)
  from placed
  cross join jsonb_to_recordset(cast(:items as jsonb)) as item (sku text, quantity integer)
  join customers c on c.id = :customerId
  left join products p on p.sku = item.sku and p.active
  returning quantity, unit_price
)
select placed.id, placed.status, cast(count(*) as integer) as lines,
       sum(lines.quantity * lines.unit_price) as total
from placed cross join lines
group by placed.id, placed.status
