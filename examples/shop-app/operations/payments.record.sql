-- Sent twice, recorded once: the second time touches no row, and the order stays as it is.
with received as (
  insert into payments (order_id, reference, method, amount)
  values (:orderId, :reference, :method, :amount)
  on conflict (reference) do nothing
  returning order_id
)
update orders set status = 'paid' from received
where orders.id = received.order_id and orders.status = 'open'
