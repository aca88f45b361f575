import test from 'ava';
import {configFor} from '../../hack/benches/same-tasks.ts';
import {load} from '../../src/cluster/load.ts';

test('the config for servers on loopback is one that kubestrap takes', (t) => {
	const hostKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Bq1tDkp0vN1s8gqMrx0S2Y5w6E4CrvG7TgIYqk3Zt';
	const server = (name: string, address: string) => ({name, address, port: 2222, hostKey, srv: '/srv'});
	const servers = [server('n1', '127.0.1.1'), server('n2', '127.0.1.2')];
	const {nodes} = load(configFor({servers, identityFile: '/key'}), {file: 'bench'});
	t.deepEqual(
		nodes.map(({name, role, address, access}) => [name, role, address, access.port, access.hostKey]),
		[
			['n1', 'control-plane', '127.0.1.1', 2222, hostKey],
			['n2', 'worker', '127.0.1.2', 2222, hostKey],
		],
	);
});
