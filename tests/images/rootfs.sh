#!/bin/sh
# Hook of mmdebstrap: turns the unpacked Debian packages in $1 into the image $2.
# No maintainer script has run, so there are no users and no alternatives but those made here.
set -eu
root=$1
here=$(dirname "$0")
printf 'root:x:0:0::/root:/bin/sh\nmysql:x:999:999::/tmp:/bin/false\ndynamodb:x:1000:1000::/tmp:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nmysql:x:999:\ndynamodb:x:1000:\n' >"$root/etc/group"

case $2 in
mysql | mariadb)
	install -m 755 "$here/entrypoint.sh" "$root/entrypoint.sh"
	mkdir -p "$root/seed" "$root/var/lib/mysql"
	chown 999:999 "$root/seed" "$root/var/lib/mysql"
	if [ "$2" = mysql ]; then
		chroot "$root" mysqld --no-defaults --initialize-insecure --user=mysql --datadir=/seed --innodb-redo-log-capacity=8M
		# Each server makes an identity of its own.
		rm "$root/seed/auto.cnf"
	else
		# --force: there is no name service here that knows the host's name.
		chroot "$root" mariadb-install-db --no-defaults --force --user=mysql --datadir=/seed --skip-test-db \
			--auth-root-authentication-method=normal --innodb-log-file-size=8M
	fi
	;;
dynamodb)
	home=$root/home/dynamodblocal
	mkdir -p "$home/data"
	tar -xzf "$3" -C "$home" --no-same-owner --wildcards --strip-components=3 'package/lib/dynamodb_local_*'
	rm -f "$home"/DynamoDBLocal_lib/*.dylib "$home"/DynamoDBLocal_lib/*.dll
	chmod -R a+rX "$home"
	chown 1000:1000 "$home" "$home/data"
	ln -s /usr/lib/jvm/default-java/bin/java "$root/usr/bin/java"
	;;
esac
