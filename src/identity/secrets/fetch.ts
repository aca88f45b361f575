/** Reads a private file from its node, so that cut output is never taken for the file. */
import {createHash} from 'node:crypto';
import {IdentityError} from '../../errors.ts';
import {repeated} from '../../host/repeated.ts';
import type {Host} from '../../model.ts';

const script = 'size=$(stat -Lc %s -- "$1") && sum=$(sha256sum <"$1") && printf "%s %s\\n" "$size" "${sum%% *}" && cat -- "$1"';

/** The text of a file on a node. Throws IdentityError when it cannot be read or came incomplete, TransportError when the line is lost. */
export async function fetchFile(host: Host, path: string, signal?: AbortSignal): Promise<string> {
	const {code, stdout, stderr} = await repeated(host, ['sh', '-c', script, 'sh', path], {
		deadline: 30_000,
		...(signal && {signal}),
	});
	const what = `${path} on ${host.name} cannot be read`;
	if (code !== 0)
		throw new IdentityError(`${what}: ${stderr.trim() || `exit code ${code}`}`, {hint: `Look at ${path} on ${host.name}.`});
	const end = stdout.indexOf('\n');
	const [size, sum] = stdout.slice(0, Math.max(end, 0)).split(' ');
	const body = Buffer.from(stdout.slice(end + 1));
	if (body.length === Number(size) && createHash('sha256').update(body).digest('hex') === sum) return body.toString();
	const evidence = `${body.length} bytes came, and they are not the ${size} bytes with sha256 ${sum} that lie there`;
	throw new IdentityError(`${what}: ${evidence}`, {hint: 'Run the same command again.'});
}
