// The rooms of docs/pages/architecture/rooms.md, as rules. Imports go down only:
// apps, testkit, service packages, runtime, pure packages, domain.
const apps = ['api', 'nodes', 'load-tests', 'packages/devnet'];
const service = [
  'packages/localnet',
  'packages/networking-core',
  'packages/storage-core',
  'packages/solana-indexer',
];
const pure = ['packages/wire', 'packages/program-parser'];
const any = (rooms) => `^(${rooms.join('|')})/`;
const test = '(\\.test\\.ts$|/tests/|/bench/)';

const apiRooms = [
  'http',
  'schema',
  'pipeline',
  'planner',
  'market',
  'racing',
  'verify',
  'receipts',
  'clients',
  'subscriptions',
];

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'domain-imports-no-workspace',
      severity: 'error',
      from: { path: '^packages/domain/' },
      to: { path: any([...apps, ...service, ...pure, 'packages/runtime', 'packages/testkit']) },
    },
    {
      name: 'pure-imports-domain-only',
      severity: 'error',
      from: { path: any(pure), pathNot: test },
      to: { path: any([...apps, ...service, 'packages/runtime', 'packages/testkit']) },
    },
    {
      name: 'pure-packages-use-no-node-modules',
      comment: 'wire and program-parser run in a browser',
      severity: 'error',
      from: { path: any([...pure, 'packages/domain']), pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'pure-packages-stay-apart',
      severity: 'error',
      from: { path: any(pure), pathNot: test },
      to: { path: any(pure), pathNot: '^$1/' },
    },
    {
      name: 'runtime-imports-pure-and-domain',
      severity: 'error',
      from: { path: '^packages/runtime/' },
      to: { path: any([...apps, ...service, 'packages/testkit']) },
    },
    {
      name: 'service-packages-stay-apart',
      severity: 'error',
      from: {
        path: '^(packages/(?:localnet|networking-core|storage-core|solana-indexer))/',
        pathNot: test,
      },
      to: { path: any([...apps, ...service, 'packages/testkit']), pathNot: '^$1/' },
    },
    {
      name: 'testkit-is-for-tests-and-devnet',
      severity: 'error',
      from: {
        path: any([...apps, ...service, ...pure, 'packages/runtime']),
        pathNot: [test, '^packages/devnet/', '^load-tests/'],
      },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'apps-never-import-apps',
      severity: 'error',
      from: { path: '^(api|nodes|load-tests|packages/devnet)/' },
      to: { path: any(apps), pathNot: '^$1/' },
    },
    {
      name: 'nobody-imports-apps',
      severity: 'error',
      from: { path: '^packages/(?!devnet/)' },
      to: { path: any(apps) },
    },
    {
      name: 'api-rooms-stay-apart',
      comment:
        'pipeline alone knows the order, app.ts alone wires; a room states its needs in ports.ts',
      severity: 'error',
      from: {
        path: `^api/src/(${apiRooms.filter((room) => room !== 'pipeline').join('|')})/`,
        pathNot: test,
      },
      to: { path: `^api/src/(${apiRooms.join('|')})/`, pathNot: ['^api/src/$1/', '/ports\\.ts$'] },
    },
    {
      name: 'api-rooms-do-not-wire',
      comment: 'app.ts constructs, config.ts reads the environment, cli/ talks to a person',
      severity: 'error',
      from: { path: `^api/src/(${apiRooms.join('|')})/`, pathNot: test },
      to: { path: '^api/src/(app|main|config)\\.ts$|^api/src/cli/' },
    },
    {
      name: 'pipeline-knows-ports-only',
      comment: 'the spine calls the rooms by what it needs of them, never by their insides',
      severity: 'error',
      from: { path: '^api/src/pipeline/', pathNot: test },
      to: {
        path: `^api/src/(${apiRooms.filter((room) => room !== 'pipeline').join('|')})/`,
        pathNot: '/ports\\.ts$',
      },
    },
    {
      name: 'specialisations-stay-apart',
      comment: 'a new specialisation is a new folder that nothing else must know',
      severity: 'error',
      from: { path: '^nodes/src/specialisations/([^/]+)/', pathNot: test },
      to: {
        path: '^nodes/src/specialisations/([^/]+)/',
        pathNot: '^nodes/src/specialisations/$1/',
      },
    },
    {
      name: 'no-deep-imports-between-workspaces',
      severity: 'error',
      from: { path: '^(packages/[^/]+|api|nodes)/' },
      to: { path: '^(packages/[^/]+)/src/(?!index\\.ts$|browser\\.ts$)', pathNot: '^$1/' },
    },
  ],
  options: {
    parser: 'swc',
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|dist|\\.next)/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types'],
    },
  },
};
