// Changes below a partitioned table: those that break the release, and harmless ones.
import type { BreakingChange, FixtureChange } from '../../check/fixture.ts';

const newPartition = 'create table loads_2028 (like loads including defaults)';
const attach =
  "alter table loads attach partition loads_2028 for values from ('2028-01-01') to ('2029-01-01')";

export const partitionsBreaking: readonly BreakingChange[] = [
  {
    title: 'a check of a single partition',
    sql: "alter table loads_2027 add constraint small check (kind <> 'gravel')",
    says: ['CHK001 public.loads_2027.small: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a check of a partition below a partition',
    sql: 'alter table loads_2026_sand add constraint heavy check (weight <= 1)',
    says: ['CHK001 public.loads_2026_sand.heavy: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a check of a partition that is partitioned, which those below have from it',
    sql: 'alter table loads_2026 add constraint heavy check (weight > 0)',
    says: ['CHK001 public.loads_2026.heavy: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a check that nobody has validated, of a partition',
    sql: "alter table loads_2025 add constraint noted check (note = 'x') not valid",
    says: ['CHK001 public.loads_2025.noted: loads.add loads.note'],
    breaks: 'by value',
  },
  {
    title: 'one check on every partition',
    sql: 'alter table loads_2025 add constraint a check (weight > 0); alter table loads_2026 add constraint b check (weight > 0); alter table loads_2027 add constraint c check (weight > 0)',
    says: ['CHK001 public.loads_2025.a: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a new partition with a check of its own',
    sql: `${newPartition}; alter table loads_2028 add constraint sandy check (kind = 'sand'); ${attach}`,
    says: ['CHK001 public.loads_2028.sandy: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a new partition with a trigger of its own',
    sql: `${newPartition}; create trigger lost before insert on loads_2028 for each row execute function lose(); ${attach}`,
    says: ['TRG001 public.loads_2028.lost: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a trigger of a single partition',
    sql: 'create trigger lost before insert on loads_2026_sand for each row execute function lose()',
    says: ['TRG001 public.loads_2026_sand.lost: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a trigger of a partition that is gone',
    sql: 'drop trigger kept on loads_2025',
    says: ['TRG001 public.loads_2025.kept: loads.add loads.note'],
    breaks: 'by value',
  },
  {
    title: 'a trigger of a partition that does something else',
    sql: 'drop trigger kept on loads_2025; create trigger kept before insert on loads_2025 for each row execute function lose()',
    says: ['TRG001 public.loads_2025.kept: loads.add'],
    breaks: 'by value',
  },
  {
    title: 'a detached partition below a partition',
    sql: 'alter table loads_2026 detach partition loads_2026_sand',
    says: ['REL004 public.loads_2026_sand: loads.add loads.list loads.note'],
    breaks: 'by value',
  },
  {
    title: 'a dropped partition below a partition, the only one',
    sql: 'drop table archive_2025_stone',
    says: ['REL004 public.archive_2025_stone: archive.list'],
    breaks: 'by value',
  },
  {
    title: 'a dropped partition with partitions',
    sql: 'drop table loads_2026',
    says: ['REL004 public.loads_2026: loads.add loads.list loads.note'],
    breaks: 'by value',
  },
  {
    title: 'a materialized view without data, behind a view',
    sql: 'refresh materialized view weights with no data',
    says: ['REL005 public.weights: heavy.list pits.add'],
  },
  {
    title: 'materialized views without data, one behind the other',
    sql: 'refresh materialized view heaviest with no data; refresh materialized view weights with no data',
    says: ['REL005 public.heaviest: heaviest.get', 'REL005 public.weights: heavy.list pits.add'],
  },
];

export const partitionsHarmless: readonly FixtureChange[] = [
  {
    title: 'materialized views that are refreshed, and one without data that nobody reads',
    sql: 'refresh materialized view weights; refresh materialized view heaviest; create materialized view unread as select 1 as one with no data',
  },
  {
    title: 'a check of a partition that is only read',
    sql: "alter table archive_2025 add constraint stony check (kind <> 'gravel'); create trigger lost before insert on archive_2025_stone for each row execute function lose()",
  },
  {
    title: 'a new partition with what it has from its table',
    sql: "create table loads_2028 partition of loads for values from ('2028-01-01') to ('2029-01-01')",
  },
  {
    title: 'a new partition with the check that let it be attached at once',
    sql: `${newPartition}; alter table loads_2028 add constraint fits check (at >= '2028-01-01' and at < '2029-01-01'); ${attach}`,
  },
  {
    title: 'a new partition below a partition, with a check that repeats its place',
    sql: "create table loads_2026_clay (like loads including defaults); alter table loads_2026_clay add check (kind = 'clay'), add check (at is not null); alter table loads_2026 attach partition loads_2026_clay for values in ('clay')",
  },
  {
    title: 'a renamed partition with a check and a trigger of its own',
    sql: 'alter table loads_2025 rename to loads_y2025',
  },
  {
    title: 'a renamed partition that is partitioned',
    sql: 'alter table loads_2026 rename to loads_y2026; alter table loads_2026_sand rename to loads_y2026_sand',
  },
  { title: 'a check of a partition that is gone', sql: 'alter table loads_2025 drop constraint light' },
  {
    title: 'a partition that is detached and attached again, with what it had',
    sql: "alter table loads detach partition loads_2025; alter table loads attach partition loads_2025 for values from ('2025-01-01') to ('2026-01-01')",
  },
  {
    title: 'a partition in place of which one with partitions stands',
    sql: `alter table loads detach partition loads_2025;
      create table loads_old partition of loads for values from ('2025-01-01') to ('2026-01-01') partition by list (kind);
      create table loads_old_rest partition of loads_old default; alter table loads_old_rest add constraint light check (weight < 1000);
      create trigger kept before insert on loads_old_rest for each row execute function keep();
      insert into loads select * from loads_2025`,
  },
  {
    title: 'a trigger of a partition once a statement, which one for the table does not fire',
    sql: 'create trigger said after insert on loads_2026_sand execute function lose()',
  },
  {
    title: 'a disabled trigger of a partition',
    sql: 'create trigger lost before insert on loads_2026_sand for each row execute function lose(); alter table loads_2026_sand disable trigger lost',
  },
  {
    title: 'a check of a partition that is not enforced',
    sql: "do $$ begin if current_setting('server_version_num')::int >= 180000 then execute 'alter table loads_2027 add check (weight > 5) not enforced'; end if; end $$",
  },
];
