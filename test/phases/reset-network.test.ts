/** Links and routes of flannel, in a network namespace of the test's own: real ip. */
import {spawnSync} from 'node:child_process';
import test from 'ava';
import type {Command, Step} from '../../src/model.ts';
import {resetNetwork} from '../../src/phases/reset-network.ts';
import {argvOf} from '../../src/steps/kinds/commands.ts';
import {scopesOf} from './cluster.ts';

const can = process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'ip', 'link', 'add', 'cni0', 'type', 'bridge']).status === 0;
const asRoot = can ? test : test.skip;
const quoted = (command: Command) =>
	argvOf(command)
		.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
		.join(' ');

asRoot('flannel\u2019s links and routes go; a bridge and a route of others stay', (t) => {
	const owned = [{kind: 'noted', name: '/run/flannel', before: null}];
	const ownership = {clusterId: '1', name: 'test', writer: '', fence: 1, birthMembers: [], owned};
	const [step] = resetNetwork.steps(scopesOf([{name: 'cp1', facts: {ownership}}]).cp1!) as readonly [
		Extract<Step, {kind: 'run'}>,
	];
	const script = `set -e
ip link set lo up
ip link add eth0 type veth peer name eth1 && ip addr add 192.0.2.1/24 dev eth0 && ip link set eth1 up && ip link set eth0 up
ip link add docker0 type bridge
ip route add 10.200.0.0/16 via 192.0.2.9
before=$(ip -o link | cut -d: -f 2; ip route)
${quoted(step.unless as Command)}
ip link add cni0 type bridge && ip addr add 10.244.0.1/24 dev cni0 && ip link set cni0 up
ip route add unreachable 10.244.0.0/16 metric 4096
ip route add 10.244.1.0/24 via 192.0.2.3 onlink dev eth0
! ${quoted(step.unless as Command)} || exit 3
${quoted(step.command)}
${quoted(step.unless as Command)}
[ "$before" = "$(ip -o link | cut -d: -f 2; ip route)" ] || { ip -o link; ip route; exit 4; }`;
	// Its /sys shows the links of the namespace that the test is called from, as a container's may.
	const {status, stdout, stderr} = spawnSync('unshare', ['-n', 'sh', '-c', script], {encoding: 'utf8'});
	t.is(status, 0, stdout + stderr);
});
