select order_id as id, status, placed_at as "placedAt", lines, total
from order_totals
where customer_id = :customerId
order by placed_at desc, order_id desc
limit 1
