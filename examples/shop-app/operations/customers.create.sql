insert into customers (email, name, country, phone)
values (:email, :name, :country, :phone)
returning id, email, name, country, phone, created_at as "createdAt"
