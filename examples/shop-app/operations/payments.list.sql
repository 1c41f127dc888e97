select reference, method, amount, received_at as "receivedAt"
from payments
where order_id = :orderId
order by received_at, reference
