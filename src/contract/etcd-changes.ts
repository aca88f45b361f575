/** What joins and replacements do to etcd's members, as constant scripts for the seat of a living cluster. Rules: contract 10.5. */
import {etcdShell, whileLooking} from './etcd-script.ts';

/** What must hold just before a change, whatever was planned: nobody else is in between, and most voters answer. */
const quorum = `voters=$(rows | grep -c ' false [a-z]*$')
well=$(state | grep -c ' false$')
[ "$well" -gt $((voters / 2)) ] || { echo "only $well of $voters voters of etcd are well: its members are not changed"; exit 1; }
`;

/**
 * `sh -c SCRIPT sh PEER-URL NAME`: adds the member as a learner, if it is not there yet. A learner of another address is in the way: etcd takes
 * one at a time.
 */
export const addLearner = `${etcdShell}
peer=$1
known=$(rows) || { echo "etcd does not list its members"; exit 1; }
echo "$known" | grep -q -F " $peer " && exit
other=$(echo "$known" | grep ' true [a-z]*$') && { echo "another learner is still on its way: $other"; exit 1; }
${quorum}
etcd member add "$2" --learner --peer-urls="$peer"
`;

/** `sh -c SCRIPT sh PEER-URL`: whether the member is there. */
export const isMember = `${whileLooking(1)}${etcdShell}rows | grep -q -F " $1 "`;

/** `sh -c SCRIPT sh PEER-URL ID`: takes out the member that lost its data, if it is still the one that was seen. */
export const removeLost = `${etcdShell}
rows | grep -q -F "$2 $1 " || exit 0
${quorum}
etcd member remove "$2"
`;

/** `sh -c SCRIPT sh PEER-URL ID`: whether that member is gone. */
export const isLostGone = `${whileLooking(1)}${etcdShell}known=$(rows) && ! echo "$known" | grep -q -F "$2 $1 "`;

/** `sh -c SCRIPT sh PEER-URL`: the member has started and is nearly where the leader is; tells how far. A voter is through. */
export const caughtUp = `${whileLooking(1)}${etcdShell}
member=$(rows | grep -F " $1 ") || { echo 'etcd does not list the member'; exit 1; }
set -- $member
[ "$4" = false ] && exit
known=$(state)
own=$(echo "$known" | sed -n "s/^$1 \\([0-9]*\\) .*/\\1/p")
leader=$(echo "$known" | sed -n 's/^[0-9a-f]* \\([0-9]*\\) true .*/\\1/p' | head -n 1)
[ -n "$own" ] || { echo "~ the learner does not answer yet; the leader is at raft index \${leader:-?}"; exit 1; }
[ -n "$leader" ] || { echo 'etcd has no leader'; exit 1; }
echo "~ raft index $own of $leader"
[ $((own * 10)) -ge $((leader * 9)) ]
`;

/** `sh -c SCRIPT sh PEER-URL`: makes the learner a voter; etcd refuses until it is in sync, which it is in a moment. */
export const promote = `${etcdShell}
until=$(($(date +%s) + 60))
while :; do
	member=$(rows | grep -F " $1 ") || { echo 'etcd does not list the member'; exit 1; }
	id=\${member%% *}
	case $member in *' false '*) exit 0 ;; esac
	etcd member promote "$id" >"$list.said" 2>&1 && { rm -f "$list.said"; exit 0; }
	[ "$(date +%s)" -lt "$until" ] || { cat "$list.said"; rm -f "$list.said"; exit 1; }
	sleep 0.3
done
`;

/** `sh -c SCRIPT sh PEER-URL`: whether the member votes. */
export const votes = `${whileLooking(1)}${etcdShell}rows | grep -F " $1 " | grep -q ' false [a-z]*$'`;

/** `sh -c SCRIPT sh PEER-URL…`: takes out those that are still learners and have never started. */
export const removeStray = `${etcdShell}
known=$(rows) || exit
for peer; do
	echo "$known" | grep -F " $peer - true " | while read -r id rest; do etcd member remove "$id"; done
done
`;

/** `sh -c SCRIPT sh PEER-URL…`: whether none of them is a learner that has never started. */
export const noStray = `${whileLooking(0)}${etcdShell}
known=$(rows) || exit
for peer; do
	echo "$known" | grep -q -F " $peer - true " && exit 1
done
exit 0
`;
