/** The rules that kube-proxy, the kubelet, flannel and the port mapper of CNI leave in the kernel, and how they are taken out again. */
import type {Command} from '../model.ts';

/**
 * Chains are ours by name: KUBE- (kube-proxy, kubelet), FLANNEL-. The port mapper's chains carry the name of their network in comments: ours is
 * `cbr0`; its common chains go when no other network uses them. Rules of other chains go when they lead to one of these. In mode nftables
 * kube-proxy and flannel have tables of their own. What was set by one of the two back ends of iptables is seen by that one only.
 */
const shell = String.raw`
tables='ip:kube-proxy ip6:kube-proxy ip:flannel-ipv4 ip6:flannel-ipv6'
have() { command -v "$1" >/dev/null; }
# One name for each back end that is there: on most machines two of these three are one program.
tools() {
	seen=
	for tool in iptables iptables-nft iptables-legacy; do
		have "$tool-save" || continue
		program=$(readlink -f "$(command -v "$tool-save")")
		as=$("$tool" -V 2>/dev/null)
		case $seen in *"$program $as;"*) continue ;; esac
		seen="$seen$program $as;"
		echo "$tool ip6$tool" | sed 's/ip6ip/ip6/'
	done
}
# taking TOOL: what iptables-restore needs to take our chains out; nothing when there are none.
taking() {
	"$1-save" 2>/dev/null | awk '
	/^\*/ { table = $0; rules = 0; split("", chain); split("", ours); others = 0 }
	/^:/ { chain[substr($1, 2)] }
	/^-A/ { rule[++rules] = $0 }
	/^COMMIT/ {
		for (i = 1; i <= rules; i++) {
			plain = rule[i]
			gsub(/"([^"\\]|\\.)*"/, "", plain)
			to[i] = match(plain, / -[jg] [^ ]+/) ? substr(plain, RSTART + 4, RLENGTH - 4) : ""
			if (to[i] ~ /^CNI-DN-/ && index(rule[i], "name: \\\"cbr0\\\"")) ours[to[i]]
		}
		for (c in chain) if (c ~ /^(KUBE|FLANNEL)-/) ours[c]; else if (c ~ /^CNI-DN-/ && !(c in ours)) others = 1
		if (!others) for (c in chain) if (c ~ /^CNI-HOSTPORT-/) ours[c]
		out = ""
		for (i = 1; i <= rules; i++) {
			split(rule[i], word, " ")
			if ((to[i] in ours) && !(word[2] in ours)) out = out "-D" substr(rule[i], 3) "\n"
		}
		for (c in ours) out = out "-F " c "\n"
		for (c in ours) out = out "-X " c "\n"
		if (out != "") printf "%s\n%sCOMMIT\n", table, out
	}'
}
`;

/** Virtual servers are kube-proxy's alone where its link is: in mode ipvs it removes all others itself. */
const ipvs = 'ip link show dev kube-ipvs0 >/dev/null 2>&1';

export const rules: {readonly areGone: Command; readonly take: Command} = {
	areGone: {
		sh: `${shell}
! ${ipvs} || exit 1
for tool in $(tools); do [ -z "$(taking "$tool")" ] || exit 1; done
! have nft || for table in $tables; do ! nft list table "\${table%%:*}" "\${table#*:}" >/dev/null 2>&1 || exit 1; done`,
	},
	take: {
		sh: `${shell}
for tool in $(tools); do
	taken=$(taking "$tool")
	[ -z "$taken" ] || printf '%s\\n' "$taken" | "$tool-restore" --noflush -w 30 || exit 1
done
! have nft || for table in $tables; do
	! nft list table "\${table%%:*}" "\${table#*:}" >/dev/null 2>&1 || nft delete table "\${table%%:*}" "\${table#*:}" || exit 1
done
if ${ipvs}; then
	! have ipvsadm || ipvsadm --clear || exit 1
	! have ipset || for set in $(ipset list -n | grep '^KUBE-'); do ipset destroy "$set"; done
	ip link delete kube-ipvs0
fi`,
	},
};
