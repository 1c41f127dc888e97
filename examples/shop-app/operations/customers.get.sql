select id, email, name, country, phone, tier, created_at as "createdAt"
from customers
where id = :id
