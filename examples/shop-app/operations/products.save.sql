insert into products (sku, name, description, price, tags)
values (:sku, :name, :description, :price, coalesce(cast(:tags as text[]), '{}'))
on conflict (sku) do update
  set name = excluded.name, description = excluded.description, price = excluded.price,
      tags = excluded.tags, active = true
returning sku, name, price, tags
