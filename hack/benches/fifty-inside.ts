/**
 * Runs in a network namespace of its own, whose loopback has the addresses (`fifty.ts`): starts the servers, lets preflight look twice, and prints the
 * seconds of the second time. What is found besides does not matter: fifty servers of one machine have one machine id.
 */
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {argv, execPath} from 'node:process';
import {run} from '../laboratory/command.ts';
import {repository} from '../laboratory/places.ts';
import {type Servers, startServers} from './sshds.ts';

const [count, planes, network = ''] = [Number(argv[2]), 3, argv[3]];

/** Nobody outside is asked for images, and for programs only a port of this machine that is closed. */
const asked = (servers: Servers) => {
	const nodes = servers.servers.map(({name, address, port, hostKey}, index) => ({
		name,
		role: index < planes ? 'control-plane' : 'worker',
		address,
		internalAddress: address,
		hostKey,
		ssh: {port},
	}));
	const spec = {
		ssh: {user: 'root', identityFile: servers.identityFile, configFile: 'none'},
		controlPlaneEndpoint: `${network}1:6443`,
		nodes,
		mirror: {binaries: 'http://127.0.0.1:1', insecure: ['127.0.0.1:1']},
	};
	const cluster = {apiVersion: 'kubestrap.dev/v1', kind: 'Cluster', metadata: {name: 'fifty'}, spec};
	const init = {apiVersion: 'kubeadm.k8s.io/v1beta4', kind: 'InitConfiguration', nodeRegistration: {imagePullPolicy: 'Never'}};
	return `${JSON.stringify(cluster)}\n---\n${JSON.stringify(init)}\n`;
};

const folder = mkdtempSync(join(tmpdir(), 'ks-'));
const servers = await startServers(folder, count, network);
try {
	const config = join(folder, 'cluster.yaml');
	writeFileSync(config, asked(servers));
	const look = async () => {
		const began = performance.now();
		const options = {env: {XDG_STATE_HOME: folder, SSH_AUTH_SOCK: ''}, mayFail: true};
		const {stdout, stderr} = await run(
			[execPath, join(repository, 'dist/main.js'), 'preflight', '-c', config, '-o', 'json'],
			options,
		);
		const seconds = (performance.now() - began) / 1000;
		const {nodes, findings}: {nodes: unknown[]; findings: {id: string; evidence: string}[]} = JSON.parse(
			stdout || '{"nodes":[],"findings":[]}',
		);
		if (nodes.length !== count) throw new Error(`preflight has not answered for ${count} machines: ${stderr}`);
		const lost = findings.find(({id}) => id.startsWith('Unreachable'));
		if (lost !== undefined) throw new Error(`not every way was open: ${lost.evidence}`);
		return seconds;
	};
	await look();
	console.log(JSON.stringify({seconds: await look()}));
} finally {
	await servers.stop();
	rmSync(folder, {recursive: true});
}
