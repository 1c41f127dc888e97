select cast(date_trunc('month', placed_at, 'UTC') as date) as month,
       cast(count(*) as integer) as orders, sum(total) as revenue
from order_totals
where status in ('paid', 'shipped')
  and (cast(:from as date) is null or placed_at >= cast(:from as date))
  and (cast(:to as date) is null or placed_at < cast(:to as date))
group by 1
order by 1
