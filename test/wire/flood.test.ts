/** Machines that say a gigabyte where a line was expected: the operator keeps what fits in memory, and says which machine it was. */
import {TransportError} from '../../src/errors.ts';
import type {Host} from '../../src/model.ts';
import {survey} from '../../src/survey/survey.ts';
import {cluster, spec} from '../checks/sample.ts';
import {hostOn} from './cluster.ts';
import {missing, realTests, startSshd} from './openssh.ts';

const real = realTests(missing);
const gigabyte = 'head -c 1073741824 /dev/zero';
/** What may stay of it, beside what the process needs anyway. */
const kept = 400 * 1024 * 1024;

/** A real machine on which every command is another one. */
async function machine(t: {teardown(end: () => void): void}, command: string): Promise<Host> {
	const sshd = await startSshd({hostKeyTypes: ['ed25519']});
	t.teardown(sshd.stop);
	const host = await hostOn(sshd);
	t.teardown(() => void host.close());
	return {...host, name: 'n1', exec: (_, options) => host.exec(['sh', '-c', command], options), close: () => host.close()};
}

for (const [title, command] of [
	['on stdout', gigabyte],
	['on stderr', `${gigabyte} >&2`],
	['in one line of a survey', `printf 'survey %s 1\\n' x; ${gigabyte} | tr '\\0' a`],
] as const) {
	real(`a gigabyte ${title} is cut short, with the name of the machine`, async (t) => {
		t.timeout(60_000);
		const host = await machine(t, command);
		const before = process.memoryUsage().rss;
		await t.throwsAsync(host.exec(['true'], {deadline: 50_000}), {instanceOf: TransportError, message: /^n1|127\.0\.0\.1/});
		const asked = cluster({nodes: [spec()]});
		await t.throwsAsync(survey(asked, new Map([['cp1', host]])), {message: /n1/});
		t.true(
			process.memoryUsage().rss - before < kept,
			`${Math.round((process.memoryUsage().rss - before) / 1024 / 1024)} MiB more`,
		);
	});
}
