/** What a removal does to etcd's members, as constant scripts for the control plane through which we speak with the cluster. */
import type {EtcdMember, Living, Site} from '../model.ts';
import {etcdShell, whileLooking} from './etcd-script.ts';
import {inUrl} from './probes.ts';

/** The member of a node that leaves: the one of its name, else (a member that never started has none) the one at its address. */
export function memberOf(
	{name, address}: Pick<Site, 'name' | 'address'>,
	living: Pick<Living, 'members'>,
): EtcdMember | undefined {
	const atAddress = ({peerUrls}: EtcdMember) => peerUrls.some((url) => url.startsWith(`https://${inUrl(address)}:`));
	return (
		living.members?.find((member) => member.name === name) ??
		living.members?.find((member) => member.name === '' && atAddress(member))
	);
}

/** The members as `removeMember` compares them: `ID:LEARNER`, sorted, with blanks between. */
export const asPlanned = (members: readonly EtcdMember[]): string =>
	members
		.map(({id, learner}) => `${id}:${learner}`)
		.sort()
		.join(' ');

/**
 * `sh -c removeMember sh ID PLANNED`: looks once more at what was judged when it was planned: the members must be the same, and those that stay
 * must be able to agree. A leader hands over first.
 */
export const removeMember = `${etcdShell}
known=$(rows) || { echo 'etcd does not list its members'; exit 1; }
now=$(echo "$known" | while read -r id peer name learner published; do echo "$id:$learner"; done | sort | paste -s -d ' ' -)
if [ "$now" != "$2" ]; then
	echo "members when we looked: $2"
	echo "members now: $now"
	echo 'the members of etcd changed since we looked: run the same command again'
	exit 1
fi
well=$(state)
voters=0 able=0 heir=
for member in $now; do
	id=\${member%:*}
	if [ "$member" = "$1:false" ] || [ "$member" != "$id:false" ]; then continue; fi
	voters=$((voters + 1))
	if echo "$well" | grep -q "^$id "; then able=$((able + 1)) heir=$id; fi
done
if [ $able -le $((voters / 2)) ]; then
	echo "without this member etcd would have $voters voters, and only $able of them are well: they could not agree on anything"
	exit 1
fi
# Whoever leads hands over; where it does not want to, the others elect one when it is out.
if echo "$well" | grep -q "^$1 [0-9]* true "; then
	client=$(etcd member list --write-out=simple | sed -n "s/^$1, [^,]*, [^,]*, [^,]*, \\([^,]*\\),.*/\\1/p")
	[ -z "$client" ] || etcd --endpoints="$client" move-leader "$heir" || true
fi
etcd member remove "$1"`;

/** `sh -c isRemoved sh ID`: etcd answers, and does not know it. */
export const isRemoved = `${whileLooking(1)}${etcdShell}
known=$(rows) && ! echo "$known" | grep -q "^$1 "`;

/** `sh -c agree sh`: etcd has a leader, and most voters are well. */
export const agree = `${whileLooking(1)}${etcdShell}
known=$(rows) || exit
well=$(state)
voters=0 able=0
for id in $(echo "$known" | sed -n 's/^\\([0-9a-f]*\\) .* false [a-z]*$/\\1/p'); do
	voters=$((voters + 1))
	if echo "$well" | grep -q "^$id "; then able=$((able + 1)); fi
done
echo "~ $able of $voters voters are well"
[ $able -gt $((voters / 2)) ] && echo "$well" | grep -q ' true false$'`;
