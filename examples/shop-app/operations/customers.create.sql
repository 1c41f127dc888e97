insert into customers (email, name, country, phone)
values (:email, :name, :country, :phone)
returning id, email, name, country, phone, tier, created_at as "createdAt"
