/** The admin kubeconfig as it lies on a control-plane node. */
import {IdentityError} from '../errors.ts';
import type {Host} from '../model.ts';

const path = '/etc/kubernetes/admin.conf';

/** The text of admin.conf. Throws IdentityError when the node has none. */
export async function readAdminConf(host: Host, signal?: AbortSignal): Promise<string> {
	const {code, stdout, stderr} = await host.exec(['cat', path], {deadline: 30_000, ...(signal === undefined ? {} : {signal})});
	if (code === 0) return stdout;
	const hint = 'make the cluster first: kubestrap init';
	throw new IdentityError(`${host.name} has no ${path}`, {hint, cause: new Error(stderr.trim())});
}
