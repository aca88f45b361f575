/** The little of a Cluster that connect() looks at, for servers on loopback. */
import {type ConnectOptions, connect} from '../../src/host/connect.ts';
import type {Access, Cluster, Host, NodeSpec} from '../../src/model.ts';
import type {Sshd} from './openssh.ts';

/** No ssh-agent and no files of the person who runs the tests. */
export const nobody = {home: '/nonexistent', agent: ''};

export function node(name: string, access: Partial<Access> & {port: number}, address = '127.0.0.1'): NodeSpec {
	return {name, role: 'worker', address, via: 'ssh', labels: {}, access: {user: 'root', jump: [], ...access}};
}

export const clusterOf = (...nodes: NodeSpec[]) => ({nodes}) as unknown as Cluster;

/** One host on a test server, with its key pinned unless the access says otherwise. */
export async function hostOn(sshd: Sshd, access: Partial<Access> = {}, options: ConnectOptions = {}): Promise<Host> {
	const {port, identityFile} = sshd;
	const hosts = await connect(clusterOf(node('n1', {port, identityFile, hostKey: sshd.hostKey('ed25519'), ...access})), {
		...nobody,
		...options,
	});
	return hosts.get('n1')!;
}
