import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {writeLock} from '../../src/artifacts/lock.ts';
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

test("an image repository of one's own does not make upstream a mirror, though the lock names it", async (t) => {
	const own = 'own.example/k8s/pause:3.10.2';
	const hash = (letter: string) => `sha256:${letter.repeat(64)}`;
	const from = ['m.example/pause:3.10.2', `${pause}@${hash('a')}`, pause];
	const image = {platform: 'linux/amd64', digest: hash('a'), config: hash('b'), diffIDs: [hash('c')], from};
	const {call, cwd} = called({cluster: {imageRepository: 'own.example/k8s'}, images: {from: ['mirror']}});
	writeFileSync(join(cwd, 'lab.lock'), writeLock({binaries: {}, images: {[own]: image}, madeBy: 'a test', madeAt: ''}));
	t.deepEqual((await selectImages(call, [own])).images[0]!.from, ['m.example/pause:3.10.2']);
	const usual = await selectImages({...call, flags: {...call.flags, images: {}}}, [own]);
	t.true(usual.images[0]!.from.includes(pause));
});
