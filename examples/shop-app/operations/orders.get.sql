select o.id, o.status, o.placed_at as "placedAt", o.note, c.id as "customerId", c.email, t.total,
       (select json_agg(json_build_object('sku', i.sku, 'name', p.name, 'quantity', i.quantity,
                                          'unitPrice', cast(i.unit_price as text)) order by i.sku)
        from order_items i join products p on p.sku = i.sku
        where i.order_id = o.id) as items
from orders o
join customers c on c.id = o.customer_id
join order_totals t on t.order_id = o.id
where o.id = :id
