/** `kubestrap kubeconfig`: the operator's way into a cluster, printed, written to a file, or merged into the usual one. */
import {delimiter, join, resolve} from 'node:path';
import {exitCodes} from '../errors.ts';
import {toYaml} from '../yaml.ts';
import {readAdminConf} from './admin-conf.ts';
import type {Call} from './call.ts';
import {type Connect, onFirstControlPlane} from './first-control-plane.ts';
import {operatorKubeconfig, writeKubeconfig} from './kubeconfig-file.ts';
import {openCluster} from './open-cluster.ts';
import {secretWords} from './secret-words.ts';

export async function kubeconfig(call: Call, {connect}: {connect: Connect}): Promise<number> {
	const {flags, around} = call;
	const secrets = await secretWords(call);
	const cluster = await openCluster(call);
	const {signal} = around;
	const {acceptNewHostKeys} = flags;
	const access = {signal, acceptNewHostKeys, ...secrets.access};
	const own = operatorKubeconfig(
		await onFirstControlPlane(cluster, connect, access, (host) => readAdminConf(host, signal)),
		cluster,
	);
	const file = flags.kubeconfig ?? (flags.merge ? usualFile(call) : undefined);
	if (file === undefined) {
		around.stdout.write(flags.output === 'json' ? `${JSON.stringify(own)}\n` : toYaml(own));
		return exitCodes.done;
	}
	writeKubeconfig(resolve(around.cwd, file), own, {overwrite: flags.yes});
	around.stderr.write(`${file} has cluster ${cluster.name} as context ${cluster.name}\n`);
	return exitCodes.done;
}

/** kubectl's rule: the first file of KUBECONFIG, else ~/.kube/config. */
function usualFile({around}: Call): string {
	return around.env.KUBECONFIG?.split(delimiter).find((path) => path !== '') ?? join(around.home, '.kube', 'config');
}
