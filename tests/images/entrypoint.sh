#!/bin/sh
# Entrypoint of the local MySQL and MariaDB images; $SERVER names the program. Arguments go to the server.
# The data directory was initialised when the image was built: a start is a copy of it.
set -eu
data=/var/lib/mysql
[ -d "$data/mysql" ] || cp -a --sparse=always /seed/. "$data/"

password=${MYSQL_ROOT_PASSWORD:-${MARIADB_ROOT_PASSWORD:?set a root password}}
# Not in the binary log: a reader of it should see what a test did, and nothing else.
cat >/tmp/init.sql <<EOF
SET SESSION sql_log_bin = 0;
ALTER USER root@localhost IDENTIFIED BY '$password';
CREATE USER IF NOT EXISTS root@'%' IDENTIFIED BY '$password';
GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;
EOF
exec "$SERVER" --no-defaults --user=mysql --datadir="$data" --socket=/tmp/mysql.sock --pid-file=/tmp/mysql.pid \
	--secure-file-priv= --init-file=/tmp/init.sql "$@"
