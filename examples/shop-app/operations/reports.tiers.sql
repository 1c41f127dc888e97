select c.tier, cast(count(distinct c.id) as integer) as customers, cast(count(t.order_id) as integer) as orders,
       coalesce(sum(t.total), 0) as revenue
from customers c
left join order_totals t on t.customer_id = c.id and t.status in ('paid', 'shipped')
group by c.tier
order by revenue desc, c.tier
