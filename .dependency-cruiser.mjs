/**
 * Who may import whom. The ladder stands on its foot: a file may import its own folder and every rung
 * below. What shares a rung does not know each other, unless the rung says that it does.
 */
const ladder = [
  {
    units: ['errors', 'text', 'automata'],
    acquainted: true,
    why: 'located text, errors and regular languages know nothing of AWS and can be read, tested and reused alone',
  },
  {
    units: ['policy', 'inventory', 'snapshot'],
    acquainted: true,
    why: 'what a policy says and what an account holds are plain data; who judges them comes later',
  },
  {
    units: ['condition', 'mechanisms', 'sources'],
    why: 'what a condition means, who can ask, and where facts come from are independent: a new source or mechanism is one new file',
  },
  {
    units: ['trust', 'tokens'],
    why: 'the engine answers from policies and request models alone, and a token is told by the issuers and audiences of mechanisms; what is asked of them must not change the answer',
  },
  {
    units: ['rules', 'answers'],
    why: 'a rule and an answer each ask the engine; one that leans on the other stops being removable',
  },
  {
    units: ['check', 'check-token', 'suppressions', 'finding', 'fingerprint', 'shape', 'report'],
    acquainted: true,
    why: 'running the rules and settling the report is the last step before output, and knows no format',
  },
  {
    units: ['reporters'],
    why: 'a reporter turns a finished report into text and knows nothing else',
  },
  {
    units: ['index'],
    why: 'the public surface names things and has no logic that anything could import',
  },
]

/** Rungs that see less than all that is below them. */
const narrower = { reporters: ['errors', 'text', 'report'] }

const core = '^packages/core/src/'
const cli = '^packages/cli/src/'
const inUnits = (units) => `${core}(?:${units.join('|')})(?:/|\\.ts$)`
const lookDown = ladder.flatMap(({ units, acquainted, why }, rung) => {
  const below = ladder.slice(0, rung).flatMap((lower) => lower.units)
  const visible = [...units, ...(narrower[units[0]] ?? below)]
  const down = {
    name: `${units.join('-')}-look-down`,
    comment: why,
    from: { path: inUnits(units) },
    to: { path: core, pathNot: inUnits(visible) },
  }
  if (acquainted || units.length === 1) return [down]
  const strangers = {
    name: `${units.join('-')}-are-strangers`,
    comment: why,
    from: { path: `${core}(${units.join('|')})(?:/|\\.ts$)` },
    to: { path: inUnits(units), pathNot: `${core}$1(?:/|\\.ts$)` },
  }
  return [down, strangers]
})

const allUnits = inUnits(ladder.flatMap(({ units }) => units))

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...lookDown.map((rule) => ({ severity: 'error', ...rule })),
    {
      name: 'every-file-has-a-rung',
      comment: 'a file outside the ladder would be free of every rule above: give it a rung first',
      severity: 'error',
      from: {},
      to: { path: core, pathNot: allUnits },
    },
    {
      name: 'no-cycles',
      comment: 'files in a cycle can only be understood all at once, and load in an order nobody chose',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'automata-through-language',
      comment: 'whether a language is a set of words or an automaton is the secret of automata/language.ts',
      severity: 'error',
      from: { pathNot: `${core}automata/` },
      to: { path: `${core}automata/`, pathNot: `${core}automata/language\\.ts$` },
    },
    {
      name: 'sdk-in-one-folder',
      comment: 'the AWS SDK is an optional peer: all but sources/aws must work where it is not installed',
      severity: 'error',
      from: { path: core, pathNot: `${core}sources/aws/` },
      to: { path: '(?:^|/)@aws-sdk/' },
    },
    {
      name: 'index-reaches-no-sdk',
      comment: 'whoever imports the main entry must not load the AWS SDK, however long the way to it',
      severity: 'error',
      from: { path: `${core}index\\.ts$` },
      to: { path: '(?:^|/)@aws-sdk/', reachable: true },
    },
    {
      name: 'index-reaches-no-jose',
      comment: 'tokens are an entry of their own, so that the main one stays small: neither jose nor zod',
      severity: 'error',
      from: { path: `${core}index\\.ts$` },
      to: { path: '(?:^|/)(?:jose|zod)(?:/|$)', reachable: true },
    },
    {
      name: 'core-runs-anywhere',
      comment:
        'core takes text and runs in a browser; only live sources and the fetching of keys, with its look at addresses, may ask more',
      severity: 'error',
      from: { path: core, pathNot: `${core}(?:sources/aws/|tokens/(?:fetch-key-set|public-address)\\.ts$)` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-declares-what-it-imports',
      comment: 'core is published unbundled: what its package.json does not declare is missing at the user',
      severity: 'error',
      from: { path: core },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
        // A peer is the user's to install; here it is a devDependency as well.
        dependencyTypesNot: ['npm-peer'],
      },
    },
    {
      name: 'core-ignores-the-cli',
      comment: 'the library has users that never see a terminal',
      severity: 'error',
      from: { path: core },
      to: { path: '^packages/cli/' },
    },
    {
      name: 'cli-uses-public-exports',
      comment: 'what the command line needs, others need too: it goes through the exports of @podtrust/core',
      severity: 'error',
      from: { path: cli },
      to: { path: '^packages/core/', dependencyTypes: ['local'] },
    },
    {
      name: 'everything-resolves',
      comment: 'an import that leads nowhere escapes every other rule',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    // Types count: a layer that needs the types of another knows it.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: '/dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['podtrust-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.json'],
    },
  },
}
