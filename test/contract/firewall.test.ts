/** What is opened, by value; and real nft and iptables in a network namespace of their own. ufw and firewalld are asked on real nodes (test/e2e). */
import {execFileSync} from 'node:child_process';
import {existsSync} from 'node:fs';
import test from 'ava';
import {firewallRules} from '../../src/contract/firewall-needs.ts';
import {firewallShell} from '../../src/contract/firewall-shell.ts';
import {firewall} from '../../src/phases/firewall.ts';
import {resetFirewall} from '../../src/phases/reset-firewall.ts';
import {scopesOf} from '../phases/cluster.ts';
import {isRoot} from '../run/machine.ts';

const planes = [{name: 'cp1'}, {name: 'cp2'}, {name: 'w1', role: 'worker'}] as const;
const output = (stdout: string) => ({code: 0, stdout, stderr: ''});

test('a control plane lets in its API for all, etcd for its peers, the kubelet and the pods\u2019 packets for nodes', (t) => {
	const scopes = scopesOf(planes);
	t.deepEqual(firewallRules(scopes.cp1!), [
		'tcp 6443 any',
		'tcp 2379:2380 10.0.0.2',
		'tcp 10250 10.0.0.2,10.0.0.3,10.244.0.0/16',
		'udp 8472 10.0.0.2,10.0.0.3',
		'pods 10.244.0.0/16',
	]);
	t.deepEqual(firewallRules(scopes.w1!), [
		'tcp 10250 10.0.0.1,10.0.0.2,10.244.0.0/16',
		'udp 8472 10.0.0.1,10.0.0.2',
		'pods 10.244.0.0/16',
	]);
});

test('families are apart, and what a cluster does not use stays closed', (t) => {
	const dual =
		'  network: {podSubnet: "10.1.0.0/16,fd00:1::/56", serviceSubnet: "10.2.0.0/16,fd00:2::/112", flannel: {backend: host-gw}}\n';
	t.deepEqual(firewallRules(scopesOf([{name: 'cp1'}, {name: 'w1', role: 'worker'}], {spec: dual}).w1!), [
		'tcp 10250 10.0.0.1,10.1.0.0/16',
		'tcp 10250 fd00:1::/56',
		'pods 10.1.0.0/16',
		'pods fd00:1::/56',
	]);
	const proxied = scopesOf(planes, {spec: '  loadBalancer: node-proxy\n'});
	t.true(firewallRules(proxied.cp1!).includes('tcp 7443 10.0.0.2,10.0.0.3'));
	t.false(firewallRules(proxied.w1!).some((rule) => rule.includes('7443')));
});

test('a firewall that is off is left off, one that shall be left is left, and reset closes only what was opened', (t) => {
	const at = (said: string, spec = '') =>
		scopesOf([{name: 'cp1', facts: {probes: {closedFirewalls: output(said)}}}], {spec}).cp1!;
	t.deepEqual(firewall.steps(at('')), []);
	t.deepEqual(firewall.steps(at('ufw\n', '  os: {firewall: leave}\n')), []);
	t.deepEqual(
		firewall.steps(at('chains\nloader nftables.service\nloader ../x\n')).map((step) => ('path' in step ? step.path : step.kind)),
		['/usr/local/lib/kubestrap/firewall', '/etc/systemd/system/nftables.service.d/60-kubestrap.conf', 'run', 'run'],
	);
	t.deepEqual(resetFirewall.steps(at('ufw\n')), []);
});

const chains = `table inet mine {
	chain in { type filter hook input priority 0; policy drop; ct state established accept; tcp dport 22 accept; }
	chain through { type filter hook forward priority 0; policy accept; ct state invalid drop; counter drop; }
	chain out { type filter hook output priority 0; policy drop; }
	chain open { type filter hook input priority 5; policy accept; tcp dport 23 drop; }
}`;

/** A package of ours brings an `nft` of its own, which npm puts before the machine's. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const has = (tool: string) => path.split(':').some((folder) => existsSync(`${folder}/${tool}`));
const real = isRoot && ['unshare', 'nft', 'iptables', 'ip6tables'].every(has) ? test : test.skip;

/** Runs sh in a network namespace of its own, with the folder of our record on a tmpfs. */
const alone = (script: string) =>
	execFileSync(
		'unshare',
		[
			'-mn',
			'sh',
			'-euc',
			`mount --make-rprivate / && mount -t tmpfs tmpfs /var/lib && mkdir /var/lib/kubestrap\n${script}`,
			'sh',
			firewallShell,
			chains,
		],
		{encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], env: {...process.env, PATH: path}},
	);
const rules = `'tcp 6443 any' 'tcp 2379:2380,10250 10.0.0.2,10.0.0.3' 'udp 8472 fd00::2' 'pods 10.244.0.0/16'`;

real(
	'real chains: each that refuses gets what is needed, before its own rules; a second time nothing; then all as before',
	(t) => {
		const said = alone(`printf '%s' "$2" | nft -f -
iptables -P INPUT DROP; ip6tables -A INPUT -j REJECT; iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited
nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//' >/var/lib/before
run() { sh -c "$1" sh "$2" chains ${rules}; }
run "$1" check && echo "open before" || :
run "$1" open
run "$1" check && echo checked
nft list table inet mine | tee /var/lib/first
iptables -S; ip6tables -S
run "$1" open
nft list table inet mine | cmp - /var/lib/first && wc -l </var/lib/kubestrap/firewall
sh -c "$1" sh open chains 'tcp 6443 any'
echo "left: $(cat /var/lib/kubestrap/firewall)"
run "$1" open
sh -c "$1" sh close
nft list ruleset | sed 's/packets [0-9]* bytes [0-9]*//' | diff /var/lib/before - && echo back
ls /var/lib/kubestrap`);
		t.notRegex(said, /open before/);
		t.regex(said, /checked/);
		t.regex(
			said,
			/policy drop;\n\t\tip6 saddr fd00::2 udp dport 8472 accept.*\n\t\tip saddr \{ 10\.0\.0\.2, 10\.0\.0\.3 \} tcp dport \{ 2379-2380, 10250 \} accept.*\n\t\ttcp dport 6443 accept/,
		);
		t.regex(said, /ip daddr 10\.244\.0\.0\/16 ct state established,related accept.*\n\t\tip saddr 10\.244\.0\.0\/16 accept/);
		t.regex(said, /-A INPUT -s 10\.0\.0\.3\/32 -p tcp -m multiport --dports 2379:2380,10250 /);
		t.regex(said, /-A INPUT -s fd00::2\/128 -p udp .*\n(?:-A INPUT .*6443.*\n)?-A INPUT -j REJECT/);
		t.regex(said, /-A FORWARD -d 10\.244\.0\.0\/16 -m conntrack --ctstate RELATED,ESTABLISHED/);
		t.regex(said, /^4$/m);
		t.regex(said, /^left: chains tcp 6443 any$/m);
		t.regex(said, /^back$/m);
		t.notRegex(said, /chain open \{[^}]*kubestrap/);
		t.notRegex(said, /chain out \{[^}]*kubestrap/);
	},
);

real('what cannot be recorded is not opened; and a row behind one that a full disk tore is found, and closed', (t) => {
	const said = alone(`mount -t tmpfs -o size=16k tmpfs /var/lib/kubestrap
iptables -P INPUT DROP; ip6tables -P INPUT DROP
cat /dev/zero >/var/lib/kubestrap/fill 2>/dev/null || :
sh -c "$1" sh open chains ${rules} || echo "refused, open: $(iptables-save | grep -c kubestrap)"
rm /var/lib/kubestrap/fill
printf 'chains tcp 64' >/var/lib/kubestrap/firewall
sh -c "$1" sh open chains ${rules} && sort /var/lib/kubestrap/firewall
sh -c "$1" sh close
echo "left: $(iptables-save | grep -F kubestrap; ip6tables-save | grep -F kubestrap; ls /var/lib/kubestrap)"`);
	t.regex(said, /firewall cannot be written: is the disk full or read-only\?\n/);
	t.regex(said, /^refused, open: 0$/m);
	t.is(said.match(/^chains /gm)?.length, 3);
	t.regex(said, /^chains tcp 6443 any$/m);
	t.regex(said, /^left: $/m);
});

real('what was opened is closed also in chains that let everything in by now', (t) => {
	const said = alone(`printf '%s' "$2" | nft -f -
iptables -P INPUT DROP; ip6tables -A INPUT -j REJECT
sh -c "$1" sh open chains ${rules}
nft list ruleset | grep -c kubestrap- || :
nft 'chain inet mine in { policy accept; }'; iptables -P INPUT ACCEPT; ip6tables -D INPUT -j REJECT
sh -c "$1" sh close
echo "left: $(nft list ruleset | grep -F kubestrap; iptables-save | grep -F kubestrap; ip6tables-save | grep -F kubestrap; ls /var/lib/kubestrap)"`);
	t.regex(said, /^[1-9]/);
	t.regex(said, /^left: $/m);
});

real('a record that cannot be written ends the closing with a word', (t) => {
	const said = alone(`printf '%s' "$2" | nft -f -
sh -c "$1" sh open chains ${rules}
mkdir /var/lib/kubestrap/firewall.new
timeout 10 sh -c "$1" sh close || echo "ended with $?"`);
	t.regex(said, /firewall cannot be written.*\nended with 1/);
});

// ufw is a fake here: a file of rules in its form, and a program that says what it was asked.
(isRoot ? test : test.skip)(
	'a rule of ufw that only begins as ours does is not ours: not taken for open, and not deleted',
	(t) => {
		const row = '### tuple ### allow tcp 6443 0.0.0.0/0 any 10.0.0.1 in';
		const said = alone(`mount -t tmpfs tmpfs /etc && mkdir /etc/ufw /etc/bin
printf '#!/bin/sh\\necho "ufw $*"\\n' >/etc/bin/ufw; chmod 755 /etc/bin/ufw
program=$(printf '%s' "$1" | sed 's,^LC_ALL=C PATH=,&/etc/bin:,')
run() { sh -c "$program" sh "$1" ufw 'tcp 6443 10.0.0.1' && echo "$1 $2 yes" || echo "$1 $2 no"; }
for near in '${row}_eth0 comment=6b7562657374726170' '${row.replace('10.0.0.1', '10.0.0.10')}' '${row.replace('6443', '64430')}' '# ${row}'; do
	echo "$near" >/etc/ufw/user.rules
	run check near
done
for exact in '${row}' '${row} comment=616263' '${row} comment=6b7562657374726170'; do
	echo "$exact" >/etc/ufw/user.rules
	run check exact
done
echo 'ufw allow proto tcp from 10.0.0.1 to any port 6443' >/var/lib/kubestrap/firewall
echo '${row} comment=6b75626573747261707a' >/etc/ufw/user.rules
run close theirs`);
		t.is(said, `${'check near no\n'.repeat(4)}${'check exact yes\n'.repeat(3)}close theirs yes\n`);
	},
);
