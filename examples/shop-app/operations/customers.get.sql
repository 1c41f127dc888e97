select id, email, name, country, phone, created_at as "createdAt"
from customers
where id = :id
