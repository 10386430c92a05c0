# Readiness of a mirrored instance: writes what the mirror labeler reads, and succeeds when the instance runs.
# $1 directory of the status files
set -uf
umask 022
dir=$1
state=$(iris qlist IRIS) || exit 1
printf '%s\n' "$state" >"$dir/.qlist" && mv -f "$dir/.qlist" "$dir/qlist" || exit 1
IFS='^'
set -- $state
case ${4-} in running*) ;; *) exit 1 ;; esac
# Whether the member is caught up stands only in its row of the member list. Its columns are name, type,
# status, journal transfer, dejournaling.
row=$(timeout 1.5 iris session IRIS -U %SYS <<'SESSION' | sed -n 's/.*iriskit://p'
do ##class(Config.MirrorMember).Get(.p) set n=$get(p("SystemName")),r=##class(%ResultSet).%New("SYS.Mirror:MemberStatusList") do r.Execute($SYSTEM.Mirror.MirrorName()) while r.Next() { if $zconvert(r.GetData(1),"U")=$zconvert(n,"U") { set l="" for i=1:1:r.GetColumnCount() { set l=l_$select(i>1:"^",1:"")_r.GetData(i) } write "iris"_"kit:"_l,! } }
halt
SESSION
)
if [ -n "$row" ]; then
    printf '%s\n' "$row" >"$dir/.mirror" && mv -f "$dir/.mirror" "$dir/mirror"
fi
exit 0
