-- The shop's first schema, with enough rows to look around in. Names carry no schema: the search_path decides
-- where they land, so the same file makes every environment.

create type order_status as enum ('open', 'paid', 'shipped', 'cancelled');
create type payment_method as enum ('card', 'transfer', 'voucher');

create table customers (
  id         integer generated always as identity primary key,
  email      text not null,
  name       text not null check (length(name) between 1 and 200),
  country    character(2) not null,
  phone      text,
  created_at timestamptz not null default now(),
  constraint customers_email_key unique (email),
  constraint customers_email_check check (position('@' in email) > 1)
);

create table products (
  sku         text primary key check (sku ~ '^[A-Z]{3}-[0-9]{3}$'),
  name        text not null,
  description text,
  price       numeric(10, 2) not null check (price >= 0),
  tags        text[] not null default '{}',
  active      boolean not null default true
);

create table stock (
  sku       text not null references products (sku) on delete cascade,
  warehouse text not null,
  quantity  integer not null check (quantity >= 0),
  primary key (sku, warehouse)
);

create table orders (
  id          integer generated always as identity primary key,
  customer_id integer not null references customers (id),
  status      order_status not null default 'open',
  placed_at   timestamptz not null default now(),
  note        text
);
create index orders_by_customer on orders (customer_id, placed_at desc);
create index orders_by_status on orders (status);

create table order_items (
  order_id   integer not null references orders (id) on delete cascade,
  sku        text not null references products (sku),
  quantity   integer not null check (quantity > 0),
  unit_price numeric(10, 2) not null check (unit_price >= 0),
  primary key (order_id, sku)
);
create index order_items_by_sku on order_items (sku);

create table payments (
  id          uuid primary key default gen_random_uuid(),
  order_id    integer not null references orders (id),
  reference   text not null,
  method      payment_method not null,
  amount      numeric(10, 2) not null check (amount > 0),
  received_at timestamptz not null default now(),
  constraint payments_reference_key unique (reference)
);
create index payments_by_order on payments (order_id);

create view order_totals as
select o.id as order_id, o.customer_id, o.status, o.placed_at,
       count(i.sku)::integer as lines,
       coalesce(sum(i.quantity * i.unit_price), 0)::numeric(12, 2) as total
from orders o
left join order_items i on i.order_id = o.id
group by o.id;

insert into customers (email, name, country, phone, created_at) values
  ('ada@example.com',      'Ada Byron',          'GB', '+44 20 7946 0011', '2025-01-07 09:12:00+00'),
  ('grace@example.com',    'Grace Murray',       'US', null,               '2025-01-15 14:40:00+00'),
  ('linus@example.com',    'Linus Lindqvist',    'FI', '+358 9 3157 6010', '2025-01-29 08:05:00+00'),
  ('barbara@example.com',  'Barbara Huber',      'AT', null,               '2025-02-03 17:31:00+00'),
  ('edsger@example.com',   'Edsger de Wit',      'NL', '+31 20 794 0100',  '2025-02-11 11:20:00+00'),
  ('margaret@example.com', 'Margaret Heafield',  'US', '+1 202 555 0143',  '2025-02-20 19:02:00+00'),
  ('alan@example.com',     'Alan Mathison',      'GB', null,               '2025-03-04 07:45:00+00'),
  ('radia@example.com',    'Radia Pearl',        'US', null,               '2025-03-17 13:13:00+00'),
  ('konrad@example.com',   'Konrad Hofer',       'DE', '+49 30 9018 2010', '2025-03-25 10:08:00+00'),
  ('sophie@example.com',   'Sophie Laurent',     'FR', '+33 1 70 18 99 10','2025-04-02 15:50:00+00'),
  ('tim@example.com',      'Tim Oxley',          'GB', null,               '2025-04-14 12:00:00+00'),
  ('hedy@example.com',     'Hedy Kiesler',       'AT', '+43 1 713 0010',   '2025-04-28 18:25:00+00'),
  ('niklaus@example.com',  'Niklaus Frei',       'CH', null,               '2025-05-06 06:55:00+00'),
  ('frances@example.com',  'Frances Elizabeth',  'US', null,               '2025-05-19 16:16:00+00'),
  ('katherine@example.com','Katherine Coleman',  'US', '+1 202 555 0178',  '2025-06-01 09:09:00+00'),
  ('guido@example.com',    'Guido van Dijk',     'NL', null,               '2025-06-18 20:30:00+00'),
  ('anita@example.com',    'Anita Borgström',    'SE', '+46 8 505 0100',   '2025-07-02 11:11:00+00'),
  ('ken@example.com',      'Ken Thorpe',         'US', null,               '2025-07-22 08:48:00+00'),
  ('yukihiro@example.com', 'Yukihiro Tanaka',    'JP', '+81 3 5550 0110',  '2025-08-05 02:20:00+00'),
  ('joan@example.com',     'Joan Clarke-O''Dea', 'IE', null,               '2025-08-30 21:07:00+00');

insert into products (sku, name, description, price, tags, active) values
  ('TEA-001', 'Assam, whole leaf',      'Malty, for the morning.',          8.90,  '{tea,black}',       true),
  ('TEA-002', 'Darjeeling First Flush', 'Light and floral; spring harvest.', 14.50, '{tea,black,limited}', true),
  ('TEA-003', 'Sencha',                 'Steamed green tea from Shizuoka.',  11.20, '{tea,green}',       true),
  ('TEA-004', 'Rooibos',                null,                                6.40,  '{tea,herbal}',      true),
  ('COF-001', 'House espresso, 1 kg',   'Chocolate and hazelnut.',           19.00, '{coffee}',          true),
  ('COF-002', 'Yirgacheffe, 250 g',     'Citrus; filter roast.',             12.80, '{coffee,limited}',  true),
  ('COF-003', 'Decaf, 250 g',           'Swiss water process.',              10.90, '{coffee,decaf}',    true),
  ('POT-001', 'Glass teapot, 1 l',      'With strainer.',                    34.00, '{ware}',            true),
  ('POT-002', 'Cast iron kettle',       'Induction ready.',                  89.00, '{ware,gift}',       true),
  ('CUP-001', 'Porcelain cup, pair',    null,                                22.50, '{ware,gift}',       true),
  ('GFT-001', 'Gift voucher',           'Redeemed at the checkout.',         25.00, '{gift}',            true),
  ('TEA-099', 'Winter blend 2024',      'Sold out.',                         9.90,  '{tea,black}',       false);

insert into stock (sku, warehouse, quantity)
select sku, warehouse, (ascii(right(sku, 1)) * 7 + length(name) * length(warehouse)) % 90
from products cross join (values ('north'), ('south')) as w (warehouse);

-- Forty orders over five months; the remainders spread customers, states and products without any randomness.
insert into orders (customer_id, status, placed_at, note)
select 1 + (n * 7) % 20,
       (array['paid', 'shipped', 'shipped', 'open', 'paid', 'cancelled', 'shipped', 'open'])[1 + n % 8]::order_status,
       timestamptz '2025-09-01 08:00:00+00' + n * interval '3 days 7 hours 13 minutes',
       case when n % 9 = 0 then 'Leave with the neighbour.' end
from generate_series(1, 40) as n
order by n;

insert into order_items (order_id, sku, quantity, unit_price)
select o.id, p.sku, 1 + (o.id + p.place) % 3, p.price
from orders o
join (select sku, price, row_number() over (order by sku)::integer as place from products where active) p
  on (o.id * 5 + p.place * 3) % 11 < 3;

insert into payments (order_id, reference, method, amount, received_at)
select t.order_id, 'INV-' || lpad(t.order_id::text, 5, '0'),
       (array['card', 'transfer', 'card', 'voucher'])[1 + t.order_id % 4]::payment_method,
       t.total, t.placed_at + interval '2 hours'
from order_totals t
where t.status in ('paid', 'shipped') and t.total > 0;
