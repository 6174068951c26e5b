# SPDX-License-Identifier: MIT
"""Database servers under clients that work at the same time; what they leave behind must add up."""
import os
import shutil

from packages import find
from stage import Failed, free_port
from story import Story

# ---- MariaDB --------------------------------------------------------------------------------------------------------


def prepare_mariadb(stage):
    stage.help('mariadb-install-db', '--no-defaults', '--auth-root-authentication-method=normal', '--skip-test-db',
               f'--datadir={stage.inputs}/data', f'--user={server_user("mysql")}')


def server_user(name):
    """Servers refuse to be root, and give its rights up when they are told for whom."""
    return name if os.geteuid() == 0 else ''


def copy_data(stage, user):
    shutil.copytree(stage.inputs / 'data', stage.folder / 'data')
    if os.geteuid() == 0:
        stage.help('chown', '-R', user, stage.folder / 'data')


TABLES = '''create database bank; use bank;
create table accounts (id int primary key, amount int) engine=innodb;
insert into accounts select seq, 100 from seq_1_to_100;
delimiter //
create procedure transfer() begin
	declare a int default 1 + floor(rand() * 100); declare b int default 1 + floor(rand() * 100);
	start transaction;
	update accounts set amount = amount - 1 where id = least(a, b);
	update accounts set amount = amount + 1 where id = greatest(a, b);
	commit;
end//
'''


def mariadb(stage):
    port = free_port()
    copy_data(stage, 'mysql')
    data = stage.folder / 'data'
    user = [f'--user={server_user("mysql")}'] if server_user('mysql') else []
    client = ['--no-defaults', '-h', '127.0.0.1', '-P', port, '-u', 'root']
    with stage.server('mariadbd', '--no-defaults', *user, f'--datadir={data}', f'--socket={data}/socket',
                      f'--port={port}', '--bind-address=127.0.0.1', f'--pid-file={data}/pid',
                      '--innodb-buffer-pool-size=32M', f'--log-error={data}/log', port=port):
        stage.help('mariadb', *client, '-e', TABLES)
        stage.help('mariadb-slap', *client, '--concurrency=8', '--number-of-queries=2000', '--create-schema=bank',
                   '--no-drop', '--query=call transfer()')
        stage.help('mariadb-slap', *client, '--concurrency=8', '--number-of-queries=800', '--auto-generate-sql',
                   '--auto-generate-sql-load-type=mixed')
        return stage.help('mariadb', *client, '-N', '-e', 'select count(*), sum(amount) from bank.accounts')


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


def as_user(name):
    """PostgreSQL does not run as root at all."""
    if os.geteuid() != 0:
        return []
    return ['setpriv', f'--reuid={name}', f'--regid={name}', '--clear-groups']


def prepare_postgres(stage):
    (stage.inputs / 'data').mkdir()
    if os.geteuid() == 0:
        shutil.chown(stage.inputs / 'data', 'postgres')
    stage.help(*as_user('postgres'), find('initdb'), '-D', stage.inputs / 'data', '-U', 'postgres', '-A', 'trust',
               '-E', 'UTF8', '--no-sync')


def postgres(stage):
    """One process for each client; pgbench has threads."""
    port = free_port()
    copy_data(stage, 'postgres')
    data = stage.folder / 'data'
    data.chmod(0o700)
    place = ['-h', '127.0.0.1', '-p', port]
    client = [*place, '-U', 'postgres', 'postgres']
    with stage.server(*as_user('postgres'), find('postgres'), '-D', data, '-p', port, '-h', '127.0.0.1',
                      '-k', data, '-c', 'max_parallel_workers_per_gather=2', port=port, question=['pg_isready', *place]):
        stage.help('pgbench', '-q', '-i', '-s', '1', *client)
        stage.run('pgbench', '-n', '-c', '8', '-j', '2', '-t', '100', *client).expect(0)
        sums = stage.help('psql', *client, '-At', '-c', 'select (select sum(abalance) from pgbench_accounts) = '
                          '(select sum(delta) from pgbench_history), count(*) from pgbench_history')
    if not sums.startswith(b't'):
        raise Failed(f'the balances do not add up: {sums}')
    return sums


STORIES = {
    'mariadb': Story(mariadb, {'mariadbd': 'mariadb-server', 'mariadb-slap': 'mariadb-client'}, prepare_mariadb,
                     limit_s=180),
    'postgres': Story(postgres, {'/usr/lib/postgresql/*/bin/postgres': 'postgresql', 'psql': 'postgresql-client',
                                 '/usr/lib/postgresql/*/bin/pgbench': 'postgresql-contrib'},
                      prepare_postgres, limit_s=180),
}
