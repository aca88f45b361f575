import test from 'ava';
import type {Flags} from '../../src/commands/call.ts';
import {selectImages} from '../../src/commands/images-selection.ts';
import {ConfigError} from '../../src/errors.ts';
import {called} from './fakes.ts';

const pause = 'registry.k8s.io/pause:3.10.2';

/** Without a config: its folder has none, and no lock is shipped there. */
function withoutConfig(flags: Partial<Flags>) {
	const {call} = called(flags);
	const {config: _, ...rest} = call.flags;
	return {flags: rest, around: {...call.around, cwd: '/nonexistent', root: '/nonexistent'}};
}

test('--mirror names where images come from without a config too', async (t) => {
	const {images} = await selectImages(withoutConfig({cluster: {mirror: 'cn'}}), [pause]);
	t.is(images[0]!.from[0], 'registry.cn-hangzhou.aliyuncs.com/google_containers/pause:3.10.2');
	t.is(images[0]!.from.at(-1), pause);
	const {images: alone} = await selectImages(withoutConfig({cluster: {mirror: 'cn'}, images: {from: ['mirror']}}), [pause]);
	t.false(alone[0]!.from.includes(pause));
	for (const mirror of ['mars', 'constructor'])
		await t.throwsAsync(selectImages(withoutConfig({cluster: {mirror}}), [pause]), {
			instanceOf: ConfigError,
			message: `--mirror ${mirror} is no preset (known: cn, ustc)`,
		});
});

test('who asks for mirrors alone does not get upstream where there is none', async (t) => {
	const error = await t.throwsAsync(selectImages(withoutConfig({images: {from: ['mirror']}}), [pause]), {
		instanceOf: ConfigError,
	});
	t.regex(error.message, /--from mirror: no mirror of registry\.k8s\.io is known, for registry\.k8s\.io\/pause:3\.10\.2/);
	const {images} = await selectImages(withoutConfig({images: {from: ['mirror', 'upstream']}}), [pause]);
	t.deepEqual(images[0]!.from, [pause]);
});
