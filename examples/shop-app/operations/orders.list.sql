select order_id as id, customer_id as "customerId", status, placed_at as "placedAt", lines, total
from order_totals
where (cast(:customerId as integer) is null or customer_id = :customerId)
  and (cast(:status as order_status) is null or status = :status)
  and (cast(:since as timestamptz) is null or placed_at >= :since)
order by placed_at desc, order_id desc
limit 100
