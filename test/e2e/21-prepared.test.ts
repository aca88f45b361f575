/** Machines made ready, with good manners: real firewalls opened and closed again, names, hosts, sources of swap; reset gives every byte back. */
import test from 'ava';
import {layFirewalls, nftRules, swapSources} from './firewall-programs.ts';
import {differences} from './left-behind.ts';
import {type Run, Stage} from './stage.ts';

let stage: Stage;
let before: string[][];

test.before(async (t) => {
	t.timeout(1_800_000);
	stage = await Stage.open();
	await Promise.all(stage.lab.nodes.map(({name}) => layFirewalls(stage.lab.tree(name), (command) => stage.ssh(name, command))));
	await stage.ssh('cp1', 'ufw allow 22/tcp && ufw allow 8472/udp && ufw --force enable');
	await stage.ssh(
		'w1',
		`cat >/etc/nftables.conf <<'END'\n${nftRules}END\nsystemctl -q enable nftables && systemctl restart nftables`,
	);
	await stage.ssh('w1', swapSources);
	before = await wholes();
});
test.after.always(() => stage?.close());

/** Also what is no file: the machine's name, rules of nftables, units that run. */
const alive = `echo "name $(cat /proc/sys/kernel/hostname)"; nft list table inet filter 2>/dev/null | sed 's/^/nft /'
echo "zramswap $(systemctl is-active zramswap)"`;
const wholes = () =>
	Promise.all(
		stage.lab.nodes.map(async ({name}) => [...(await stage.whole(name)), ...(await stage.ssh(name, alive)).split('\n')]),
	);
const changed = async () => (await wholes()).map((lines, index) => differences(lines, before[index]!));

const config = () =>
	stage.config((text) =>
		text.replace(/^( {2})lock:/m, '  os: {hostname: set, hosts: block}\n  lock:').replace('name: cp1,', 'name: boss,'),
	);
const prepare = () =>
	stage.kubestrap(['init', '-c', config(), '--only-phases', 'time-sync,host-name,hosts,swap,kernel,firewall']);
const told = (run: Run) =>
	run.stderr +
	run.events
		.filter(({state}) => state === 'failed')
		.map((event) => JSON.stringify(event))
		.join('\n');

test.serial('names, hosts, swap and firewalls are made ready, and a second run changes nothing', async (t) => {
	t.timeout(300_000);
	const run = await prepare();
	t.is(run.code, 0, told(run));
	t.regex(JSON.stringify(run.events), /SwapAfterBoot.*more-memory/);
	t.is(await stage.ssh('cp1', 'hostname; cat /etc/hostname'), 'boss\nboss\n');
	const [cp1, w1] = stage.lab.nodes;
	t.true((await stage.ssh('w1', 'cat /etc/hosts')).includes(`\n${cp1!.address} boss\n${w1!.address} w1\n`));
	const status = await stage.ssh('cp1', 'ufw status');
	t.regex(status, /6443\/tcp +ALLOW +Anywhere +# kubestrap/);
	t.true(
		status.includes('8472/udp                   ALLOW       Anywhere                  \n'),
		'what was open before is nobody\u2019s but the administrator\u2019s',
	);
	t.regex(await stage.ssh('w1', 'nft list chain inet filter input'), /dport 10250 accept comment "kubestrap/);
	const states = await stage.ssh(
		'w1',
		'for unit in vendor.swap dev-zram0.swap zramswap.service; do systemctl is-enabled $unit; done; cat /etc/systemd/system/mine.swap.d/*; cat /etc/fstab',
	);
	t.regex(states, /^masked\nmasked\nmasked\n[\s\S]*ConditionPathExists=[\s\S]*\n# kubestrap: swap off: \/dev\/sdz2/);
	const again = await prepare();
	t.is(again.summary.changed, 0, told(again));
});

test.serial('a reload of the firewalls keeps what was opened', async (t) => {
	t.timeout(120_000);
	await stage.ssh('cp1', 'ufw reload');
	await stage.ssh('w1', 'systemctl reload nftables');
	t.is((await prepare()).summary.changed, 0);
	await stage.ssh('w1', 'systemctl restart nftables');
	t.regex(await stage.ssh('w1', 'nft list chain inet filter input'), /dport 10250 accept comment "kubestrap/);
});

test.serial('reset gives every byte, rule and name back', async (t) => {
	t.timeout(120_000);
	const run = await stage.kubestrap(['reset', '-y', '-c', config()]);
	t.is(run.code, 0, told(run));
	t.deepEqual(await changed(), [[], []]);
});

const inFull = process.env.KUBESTRAP_FULL === undefined ? test.serial.skip : test.serial;

inFull('a cluster comes up behind both firewalls, pods and Services reach each other, and reset closes them', async (t) => {
	t.timeout(600_000);
	const made = await stage.init().done;
	t.is(made.code, 0, told(made));
	const proof = await stage.kubestrap(['verify', '-c', stage.config()]);
	t.is(proof.code, 0, told(proof));
	const run = await stage.kubestrap(['reset', '-y', '-c', stage.config()]);
	t.is(run.code, 0, told(run));
	t.deepEqual(await changed(), [[], []]);
});

test.serial('firewalld: now and for good, kept by its reload, and its files come back', async (t) => {
	t.timeout(300_000);
	await stage.ssh(
		'cp1',
		'ufw disable && systemctl start firewalld && firewall-cmd --permanent --add-port=9/tcp && firewall-cmd --reload',
	);
	const zones =
		'cd /etc/firewalld && find . -type f -exec sha256sum {} + | sort; firewall-cmd --list-all; firewall-cmd --zone=trusted --list-all';
	const first = await stage.ssh('cp1', zones);
	const run = await prepare();
	t.is(run.code, 0, told(run));
	await stage.ssh('cp1', 'firewall-cmd --reload');
	t.is((await prepare()).summary.changed, 0);
	const open = await stage.ssh(
		'cp1',
		'firewall-cmd --list-ports; firewall-cmd --list-rich-rules; firewall-cmd --zone=trusted --list-sources',
	);
	t.regex(open, /6443\/tcp[\s\S]*port port="10250" protocol="tcp" accept[\s\S]*10\.244\.0\.0\/16/);
	const back = await stage.kubestrap(['reset', '-y', '-c', config()]);
	t.is(back.code, 0, told(back));
	t.is(await stage.ssh('cp1', zones), first);
});
