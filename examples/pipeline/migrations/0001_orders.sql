-- What the releases need: one table of orders.
create table orders (
  id integer generated always as identity primary key,
  customer text not null,
  total numeric(10,2) not null
);
insert into orders (customer, total) values ('Ada', 12.50), ('Grace', 99.00);
