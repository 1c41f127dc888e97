insert into stock (sku, warehouse, quantity) values (:sku, :warehouse, :quantity)
on conflict (sku, warehouse) do update set quantity = excluded.quantity
returning sku, warehouse, quantity
