/** Real ufw, nftables and firewalld of Debian on a lab node: their files beside its own, none of which is changed. */
import {run} from '../../hack/laboratory/command.ts';
import {debianTree, mmdebstrap, suite} from '../../hack/laboratory/debian.ts';

const names = 'ufw,nftables,firewalld';

/** What the packages' own scripts would have done. */
const settle = `set -e
for name in before before6 after after6 user user6; do cp /usr/share/ufw/iptables/$name.rules /etc/ufw/; done
cp /usr/share/ufw/ufw.conf /usr/share/ufw/before.init /usr/share/ufw/after.init /etc/ufw/
chmod 640 /etc/ufw/*.rules /etc/ufw/*.init
getent passwd polkitd >/dev/null || useradd -r -d / polkitd
actions=/usr/share/polkit-1/actions/org.fedoraproject.FirewallD1
[ -e $actions.policy ] || ln -s $actions.server.policy.choice $actions.policy
systemctl daemon-reload
systemctl reload dbus`;

/** Nothing that is there is written over. Folders like /lib are links to those in /usr on a node, and may be folders in what was only unpacked. */
const beside = `set -e
for folder in etc usr lib sbin bin; do
	[ -d "$1/$folder" ] && [ ! -L "$1/$folder" ] || continue
	case $folder in etc | usr) to=$folder ;; *) to=usr/$folder ;; esac
	tar -C "$1/$folder" -cf - . | tar -C "$2/$to" -x --skip-old-files
done`;

/** Lays them into a node's tree and makes them ready; all of them are off. `ssh` runs a command there. */
export async function layFirewalls(node: string, ssh: (command: string) => Promise<string>): Promise<void> {
	const tree = await debianTree(`firewalls-${suite}-1`, async (part) => {
		await mmdebstrap(['--variant=extract', `--include=${names}`, suite, part]);
	});
	await run(['sh', '-c', beside, 'sh', tree, node]);
	await ssh(settle);
}

/** Rules as an administrator writes them: nothing comes in but ssh, nothing is passed on. */
export const nftRules = `#!/usr/sbin/nft -f

flush ruleset

table inet filter {
	chain input {
		type filter hook input priority filter; policy drop;
		ct state established,related accept
		iif "lo" accept
		icmp type echo-request accept
		tcp dport 22 accept
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
	chain output {
		type filter hook output priority filter;
	}
}
`;

/**
 * Sources of swap beside each other. The list of swaps and the word that this is a container are covered: a container cannot swap, and
 * the swap of the machine that runs the tests is nobody's toy.
 */
export const swapSources = `set -e
: >/run/empty
mount --bind /run/empty /run/systemd/container
printf 'Filename\\tType\\tSize\\tUsed\\tPriority\\n' >/run/swaps
mount --bind /run/swaps /proc/swaps
printf '# of this machine\\n/dev/sdz1 /data ext4 noauto 0 0\\n/dev/sdz2\\tnone swap sw 0 0' >/etc/fstab
printf '[Swap]\\nWhat=/mine\\n[Install]\\nWantedBy=swap.target\\n' >/etc/systemd/system/mine.swap
printf '[Swap]\\nWhat=/vendor\\n' >/usr/lib/systemd/system/vendor.swap
printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\nExecStart=/bin/true\\n[Install]\\nWantedBy=multi-user.target\\n' >/usr/lib/systemd/system/zramswap.service
mkdir -p /usr/local/lib/systemd/system-generators
printf '#!/bin/sh\\nprintf "[Swap]\\\\nWhat=/dev/zram0\\\\n" >"$1/dev-zram0.swap"\\n' >/usr/local/lib/systemd/system-generators/zram-generator
printf '#!/bin/sh\\nswapon /swapfile\\n' >/usr/local/bin/more-memory
chmod 755 /usr/local/bin/more-memory /usr/local/lib/systemd/system-generators/zram-generator
printf '[Service]\\nType=oneshot\\nExecStart=-/usr/local/bin/more-memory now\\n[Install]\\nWantedBy=multi-user.target\\n' >/etc/systemd/system/more-memory.service
actions=/usr/share/polkit-1/actions/org.fedoraproject.FirewallD1
[ -e $actions.policy ] || ln -s $actions.server.policy.choice $actions.policy
systemctl daemon-reload
systemctl -q enable mine.swap zramswap.service more-memory.service
systemctl start zramswap.service`;
