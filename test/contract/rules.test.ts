/** The rules of Services and pods are taken out, and nobody else's: real iptables in a network namespace of the test's own. */
import {spawnSync} from 'node:child_process';
import test from 'ava';
import {rules} from '../../src/contract/rules.ts';
import type {Command} from '../../src/model.ts';
import {argvOf} from '../../src/steps/kinds/commands.ts';

const can = process.getuid?.() === 0 && spawnSync('sh', ['-c', 'unshare -n iptables -S']).status === 0;
const asRoot = can ? test : test.skip;

const quoted = (command: Command) =>
	argvOf(command)
		.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
		.join(' ');
/** A script in a fresh network namespace, where `areGone` and `take` are the two commands. */
function within(script: string) {
	const text = `areGone() { ${quoted(rules.areGone)}; }\ntake() { ${quoted(rules.take)}; }\nsaved() { iptables-save | grep -v '^#' | sed 's/ \\[.*//'; }\n${script}`;
	// As programs have it on a node: npm's own folder has a program that is called nft.
	return spawnSync('unshare', ['-n', 'sh', '-c', text], {encoding: 'utf8', env: {PATH: '/usr/sbin:/usr/bin:/sbin:/bin'}});
}

const theirs = `*filter
:DOCKER - [0:0]
-A FORWARD -j DOCKER
-A INPUT -p tcp -m comment --comment "for KUBE- people -j" -j ACCEPT
-A DOCKER -s 10.1.0.0/16 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
-A POSTROUTING -s 10.2.0.0/16 -j MASQUERADE
COMMIT
`;
const ours = `*filter
:KUBE-FORWARD - [0:0]
:KUBE-FIREWALL - [0:0]
:FLANNEL-FWD - [0:0]
-I FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
-A INPUT -j KUBE-FIREWALL
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
COMMIT
*nat
:KUBE-SERVICES - [0:0]
:KUBE-SVC-ABC - [0:0]
:KUBE-SEP-DEF - [0:0]
:CNI-HOSTPORT-DNAT - [0:0]
:CNI-DN-1234 - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -j KUBE-SVC-ABC
-A KUBE-SVC-ABC -j KUBE-SEP-DEF
-A KUBE-SEP-DEF -j RETURN
-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"1\\"" -j CNI-DN-1234
COMMIT
`;
const podman = `*nat
:CNI-DN-5678 - [0:0]
-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"podman\\" id: \\"2\\"" -j CNI-DN-5678
COMMIT
`;

asRoot('chains by our names go with all that leads to them; the rules of others are as they were', (t) => {
	const {status, stdout, stderr} = within(`set -e
iptables-restore <<'END'
${theirs}END
saved >/tmp/kubestrap-rules-$$ && areGone
iptables-restore --noflush <<'END'
${ours}END
! areGone || exit 3
take
areGone || exit 4
saved | diff /tmp/kubestrap-rules-$$ - && rm /tmp/kubestrap-rules-$$ && echo same`);
	t.is(status, 0, stderr + stdout);
	t.is(stdout, 'same\n');
});

asRoot('the port mapper\u2019s common chains stay while another network uses them', (t) => {
	const {stdout} = within(`iptables-restore <<'END'
${ours}END
iptables-restore --noflush <<'END'
${podman}END
take && areGone && saved | grep CNI-`);
	t.deepEqual(stdout.trim().split('\n').sort(), [
		'-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"podman\\" id: \\"2\\"" -j CNI-DN-5678',
		'-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
		':CNI-DN-5678 -',
		':CNI-HOSTPORT-DNAT -',
	]);
});

asRoot('without rules there is nothing to do, and nothing is made', (t) => {
	const {status, stdout} = within('areGone && saved');
	t.is(status, 0);
	t.is(stdout, '');
});
