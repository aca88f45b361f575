import {splitSubnets} from '../cluster/network.ts';
import {rules} from '../contract/rules.ts';
import {hasOurFlannel, isNodeOfOthers} from '../contract/whose.ts';
import type {Cluster, Phase, Step} from '../model.ts';

/**
 * `sh -c SCRIPT sh SUBNET…`: links and routes that flannel and its bridge make, by their names; of routes those into the pods' subnets that are
 * ours (`unreachable … metric 4096`) or flannel's way to another node (`via`).
 */
const links = `
# ip is asked, because the /sys of a container may be that of another network namespace.
present() { for link in cni0 flannel.1 flannel-v6.1; do ! ip link show dev "$link" >/dev/null 2>&1 || echo "$link"; done; }
routes() {
	[ ! -e /run/flannel/subnet.env ] || set -- "$@" $(sed -n 's/^FLANNEL_NETWORK=//p' /run/flannel/subnet.env)
	for subnet; do
		case $subnet in *:*) family=-6 ;; *) family=-4 ;; esac
		ip "$family" route show root "$subnet" | grep -E '^unreachable .* metric 4096|^[^ ]+ via ' | sed "s/^/$family /"
	done | sort -u
}
`;
const linksGone = `${links}[ -z "$(present)$(routes "$@")" ]`;
const takeLinks = `${links}
for link in $(present); do ip link delete "$link" || exit 1; done
routes "$@" | while read -r family to via gateway dev device rest; do
	case $to in
	unreachable) ip "$family" route delete unreachable "$via" metric 4096 ;;
	*) ip "$family" route delete "$to" via "$gateway" dev "$device" ;;
	esac || exit 1
done`;

/** What pods and Services left in the kernel, by names that only they use; nothing is flushed. kubeadm leaves all of it, so its nodes keep it. */
export const resetNetwork: Phase = {
	name: 'reset-network',
	title: "Take the pods' links, routes and filter rules away",
	on: 'every',
	steps: ({cluster, site}): Step[] => {
		if (isNodeOfOthers(site) || site.facts.ownership === undefined) return [];
		const args = subnetsOf(cluster);
		const ofFlannel: Step[] = hasOurFlannel(site)
			? [
					{
						kind: 'run',
						title: "remove flannel's links and routes",
						command: {sh: takeLinks, args},
						unless: {sh: linksGone, args},
					},
				]
			: [];
		return [
			...ofFlannel,
			{kind: 'run', title: 'remove the filter rules of Services and pods', command: rules.take, unless: rules.areGone},
		];
	},
};

const subnetsOf = ({configuration}: Cluster) => splitSubnets(configuration.networking.podSubnet);
