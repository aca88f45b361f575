import {spawnSync} from 'node:child_process';
import test from 'ava';
import {capableChecks} from '../../src/checks/capable.ts';
import {check} from '../../src/checks/check.ts';
import {cluster, facts, output, site} from './sample.ts';

const named = (over: Parameters<typeof facts>[0], kubelet: Record<string, unknown> = {}) =>
	check(cluster({kubelet}), [site({facts: facts(over)})])
		.map(({id}) => id)
		.filter((id) => capableChecks.some(({name}) => name === id));

const abilities = (...lines: string[]) => ({
	probes: {abilities: output([...lines, 'module:overlay', 'module:br_netfilter'].map((line) => `${line}\n`).join(''))},
});

test('a kernel that can load either of the two modules translates addresses', (t) => {
	t.deepEqual(named(abilities('modules', 'module:nft_chain_nat', 'clock-speed')), []);
	t.deepEqual(named(abilities('modules', 'module:iptable_nat', 'clock-speed')), []);
	t.deepEqual(named(abilities('modules', 'clock-speed')), ['KernelNat']);
});

test('where modules cannot be known, nothing is said of them', (t) => {
	t.deepEqual(named(abilities('clock-speed')), []);
	t.deepEqual(named({...abilities('modules', 'clock-speed'), container: 'lxc'}), []);
	t.deepEqual(named({probes: {abilities: output('', 127)}}), []);
});

test('modules that the phase kernel loads: there, loaded, forbidden, or gone with the kernel that was upgraded', (t) => {
	const seen = (text: string, loaded = '', over = {}) =>
		check(cluster(), [
			site({
				facts: facts({probes: {abilities: output(`${text}clock-speed\n`), flags: output(`cgroup.freeze\n${loaded}`)}, ...over}),
			}),
		])
			.filter(({id}) => id === 'KernelModules')
			.map(({level, evidence, remedy}) => `${level}: ${evidence}; ${remedy}`);
	t.deepEqual(seen('modules\nmodule:overlay\nmodule:br_netfilter\nmodule:nft_chain_nat\n'), []);
	t.deepEqual(seen('modules\nmodule:nft_chain_nat\n', 'overlay\nbr_netfilter\n'), []);
	t.deepEqual(seen(''), [], 'a kernel without modules may have it all inside');
	t.regex(
		seen('modules\nmodule:overlay\nmodule:nft_chain_nat\n')[0] ?? '',
		/^error: kernel 6.1.0-40-amd64 cannot load br_netfilter: .*modprobe -v br_netfilter/,
	);
	t.regex(
		seen('others:6.1.0-41-amd64\n')[0] ?? '',
		/^error: the modules of the running kernel 6.1.0-40-amd64 are gone \(there are those of 6.1.0-41-amd64\).*; systemctl reboot$/,
	);
	t.deepEqual(seen('others:6.1.0-41-amd64\n', 'overlay\nbr_netfilter\n', {container: 'lxc'}), []);
});

test('a clock speed is missed where the kubelet looks for one', (t) => {
	t.deepEqual(named(abilities()), ['CpuClockSpeed']);
	t.deepEqual(named({...abilities(), arch: 'arm64'}), []);
});

test('the cpuset controller is missed by its own name when a policy needs it', (t) => {
	const without = {probes: {...abilities('clock-speed').probes, cgroups: output('cpu io memory pids\n')}};
	t.deepEqual(named(without), []);
	t.deepEqual(named(without, {cpuManagerPolicy: 'none'}), []);
	t.deepEqual(named(without, {cpuManagerPolicy: 'static'}), ['CpusetController']);
	t.deepEqual(named(without, {memoryManagerPolicy: 'Static'}), ['CpusetController']);
	t.deepEqual(named(abilities('clock-speed'), {cpuManagerPolicy: 'static'}), []);
});

test('the look works on this machine, and ends well', (t) => {
	const [look] = capableChecks.flatMap(({probes}) => probes ?? []);
	const {status, stderr} = spawnSync('sh', ['-ec', look!.sh], {encoding: 'utf8'});
	t.is(stderr, '');
	t.is(status, 0);
});
