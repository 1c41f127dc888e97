-- Loyalty tiers. Additive: releases that know nothing of tiers go on working, so it can be applied long before
-- the release that needs it (v2.1.0) is promoted.

alter table customers
  add column tier text not null default 'standard'
    constraint customers_tier_check check (tier in ('standard', 'silver', 'gold'));
create index customers_by_tier on customers (tier);

update customers set tier = case when spent.total >= 400 then 'gold' else 'silver' end
from (
  select customer_id, sum(total) as total from order_totals
  where status in ('paid', 'shipped') group by customer_id
) as spent
where spent.customer_id = customers.id and spent.total >= 150;
