/** Plain nftables and iptables, whoever wrote their rules: sh that finds the chains that let nothing in, and puts accepting rules before theirs. */

/**
 * `closed_chains` prints `nft FAMILY TABLE CHAIN input|forward` or `iptables|ip6tables - - CHAIN input|forward` for each base chain that refuses what no rule
 * of it lets through: by its policy, or by a last rule without a condition. Tables of programs that keep their own are not among them; those of iptables are
 * asked by its own tools, which make no table when they are asked so.
 */
export const closedChains = String.raw`
closed_chains() {
	chains= listed=
	if command -v nft >/dev/null; then
		! chains=$(nft list chains 2>/dev/null) || listed=1
		printf '%s\n' "$chains" | {
			family= table= chain=
			while read -r first second third rest; do
				case $first in
				table) family=$second table=$third ;;
				chain) chain=$second ;;
				type)
					case "$second $third $rest" in
					'filter hook input '*) hook=input ;;
					'filter hook forward '*) hook=forward ;;
					*) continue ;;
					esac
					case $family:$table:$chain in
					*:kube-proxy:* | *:flannel-*:* | *:firewalld:* | *:libvirt_network:* | *:docker-bridges:*) continue ;;
					ip:filter:INPUT | ip:filter:FORWARD | ip6:filter:INPUT | ip6:filter:FORWARD) continue ;;
					inet:* | ip:* | ip6:*) ;;
					*) continue ;;
					esac
					case $rest in
					*'policy drop'*) ;;
					*) nft list chain "$family" "$table" "$chain" 2>/dev/null </dev/null |
						grep -Eq '^[[:space:]]*(counter( packets [0-9]+ bytes [0-9]+)? )?(drop|reject( with .*)?)$' || continue ;;
					esac
					echo "nft $family $table $chain $hook"
					;;
				esac
			done
		}
	fi
	for tool in iptables ip6tables; do
		names=/proc/net/${'$'}{tool%tables}_tables_names
		# A table that nft has not listed is not there for iptables on nftables either; the older one has its own list, once it is used.
		case $listed$chains in *"table ${'$'}{tool%tables} filter {"*) ;; 1*) [ -e "$names" ] || continue ;; esac
		saver=$(command -v "$tool-save") || continue
		case $(readlink -f "$saver") in *legacy*) grep -qsx filter "$names" || continue ;; esac
		"$saver" -t filter 2>/dev/null | sed -n -E \
			-e "s/^:INPUT (DROP|REJECT).*/$tool - - INPUT input/p" -e "s/^-A INPUT -j (DROP|REJECT).*/$tool - - INPUT input/p" \
			-e "s/^:FORWARD (DROP|REJECT).*/$tool - - FORWARD forward/p" -e "s/^-A FORWARD -j (DROP|REJECT).*/$tool - - FORWARD forward/p"
	done | sort -u
}
`;

/** The three verbs of `firewallShell` for them. A rule of ours is known by its comment, which has the sum of its words. */
export const chainsShell = String.raw`${closedChains}
mark_of() { mark=kubestrap-$(printf %s "$1" | cksum | cut -d ' ' -f 1); }
# Only chains that the rule is for: of its family, and of the way that packets take.
chains_for() { # RULE
	case $1 in pods*) way=forward ;; *) way=input ;; esac
	case ${'$'}{1##* } in any) only= ;; *:*) only=6 ;; *) only=4 ;; esac
	closed_chains | while read -r tool family table chain hook; do
		[ "$hook" = "$way" ] || continue
		case $only:$tool:$family in 4:ip6tables:* | 4:nft:ip6 | 6:iptables:* | 6:nft:ip) continue ;; esac
		echo "$tool $family $table $chain"
	done
}
is_chains() { # RULE
	mark_of "$1"
	chains_for "$1" | {
		while read -r tool family table chain; do
			case $tool in
			nft) nft list chain "$family" "$table" "$chain" </dev/null | grep -qF "\"$mark\"" || exit 1 ;;
			*) "$tool-save" -t filter </dev/null | grep -qF -e "--comment $mark " || exit 1 ;;
			esac
		done
	}
}
add_chains() { # RULE
	mark_of "$1"
	what=${'$'}{1%% *} last=${'$'}{1##* } ports=${'$'}{1#* } ports=${'$'}{ports%% *}
	case $last in *:*) ip=ip6 ;; *) ip=ip ;; esac
	chains_for "$1" | {
		while read -r tool family table chain; do
			case $tool:$what:$last in
			nft:pods:*)
				nft insert rule "$family" "$table" "$chain" "$ip" saddr "$last" accept comment "\"$mark\"" &&
					nft insert rule "$family" "$table" "$chain" "$ip" daddr "$last" ct state established,related accept comment "\"$mark\"" || exit 1
				;;
			nft:*:any) nft insert rule "$family" "$table" "$chain" "$what" dport "{ $(echo "$ports" | tr : -) }" accept comment "\"$mark\"" || exit 1 ;;
			nft:*) nft insert rule "$family" "$table" "$chain" "$ip" saddr "{ $last }" "$what" dport "{ $(echo "$ports" | tr : -) }" accept comment "\"$mark\"" || exit 1 ;;
			*:pods:*)
				"$tool" -w 5 -I "$chain" -s "$last" -m comment --comment "$mark" -j ACCEPT &&
					"$tool" -w 5 -I "$chain" -d "$last" -m conntrack --ctstate ESTABLISHED,RELATED -m comment --comment "$mark" -j ACCEPT || exit 1
				;;
			*:any) "$tool" -w 5 -I "$chain" -p "$what" -m multiport --dports "$ports" -m comment --comment "$mark" -j ACCEPT || exit 1 ;;
			*) "$tool" -w 5 -I "$chain" -s "$last" -p "$what" -m multiport --dports "$ports" -m comment --comment "$mark" -j ACCEPT || exit 1 ;;
			esac </dev/null
		done
	}
}
# In all chains: one that refused when it was opened may let everything in by now, and refuse again later.
drop_chains() { # RULE
	mark_of "$1"
	if command -v nft >/dev/null; then
		nft -a list ruleset 2>/dev/null </dev/null | grep -F -e '{' -e "\"$mark\"" | {
			family= table= chain=
			while read -r first second third rest; do
				case $first:$family:$table:$chain in
				table:*) family=$second table=$third ;;
				chain:*) chain=$second ;;
				*:ip:filter:INPUT | *:ip:filter:FORWARD | *:ip6:filter:INPUT | *:ip6:filter:FORWARD) ;;
				*) case $rest in *"comment \"$mark\" # handle "*) nft delete rule "$family" "$table" "$chain" handle "${'$'}{rest##* }" </dev/null || exit 1 ;; esac ;;
				esac
			done
		} || return
	fi
	for filter in iptables ip6tables; do
		saver=$(command -v "$filter-save") || continue
		case $(readlink -f "$saver") in *legacy*) grep -qsx filter "/proc/net/${'$'}{filter%tables}_tables_names" || continue ;; esac
		"$saver" -t filter 2>/dev/null </dev/null | grep -F -e "--comment $mark " | sed 's/^-A/-D/' | {
			while read -r line; do "$filter" -w 5 $line </dev/null || exit 1; done
		} || return
	done
}
want_chains() { for rule; do printf '%s\n' "$rule"; done; }
`;
