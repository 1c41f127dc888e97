-- What the releases need: one table of questions and answers.
create table answers (
  id integer generated always as identity primary key,
  question text not null,
  answer text not null
);
insert into answers (question, answer) values ('Where is my order?', 'On its way.');
