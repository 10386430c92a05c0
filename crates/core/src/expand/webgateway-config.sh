# Composes CSP.ini from the staged text and the login, and again whenever one of them changes.
# $1 staged file   $2 directory of the Secret   $3 composed file   $4 seconds between looks, 0: once
set -u
umask 077
staged=$1 login=$2 composed=$3 pause=$4
return_key=$(printf '\r')

# The first line of a file, without its line end, into $line.
first_line() {
    line=
    IFS= read -r line 2>/dev/null <"$1" || [ -n "$line" ] || return 1
    line=${line%"$return_key"}
}

compose() {
    user= password=
    if [ -d "$login" ]; then
        if ! { first_line "$login/username" && user=$line && first_line "$login/password" && password=$line; }; then
            echo "webgateway-config: the login Secret needs the keys username and password" >&2
            return 1
        fi
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        if [ "$line" != ';iriskit-login' ]; then
            printf '%s\n' "$line"
        elif [ -d "$login" ]; then
            printf 'Username=%s\nPassword=%s\n' "$user" "$password"
        fi
    done <"$staged"
}

trap 'exit 0' TERM INT
last=
while :; do
    if text=$(compose) && [ -n "$text" ] && [ "$text" != "$last" ]; then
        printf '%s\n' "$text" >"$composed.new" && mv -f "$composed.new" "$composed" && last=$text
    fi
    [ "$pause" -gt 0 ] || break
    sleep "$pause" &
    wait $!
done
[ -n "$last" ]
