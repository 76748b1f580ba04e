// `npm run docs`: the reference, from the docstrings. `npm run check` runs it with warnings as errors.
import { OptionDefaults } from "typedoc";

export default {
  entryPoints: [
    "src/index.ts",
    "src/grants/redis.ts",
    "src/grants/postgres.ts",
    "src/grants/store-tests.ts",
    "src/emulator/index.ts",
  ],
  tsconfig: "src/tsconfig.json",
  out: ".docs",
  name: "express-autogpt",
  readme: "none", // its links lead to files that are not pages
  disableSources: true,
  excludeExternals: true,
  blockTags: [...OptionDefaults.blockTags, "@description"], // of the generated schema.ts
  validation: { notDocumented: true, notExported: true, invalidLink: true, rewrittenLink: true },
  requiredToBeDocumented: ["Class", "Function", "Interface", "Method", "TypeAlias", "Variable"],
  // What the exported types are computed with; a reader learns nothing from it.
  intentionallyNotExported: [
    ...["NodeRedis", "NodeRedisCluster", "IoRedis"],
    ...["Answer", "Call", "InitOf", "ListPath", "PathsWith"],
    ...["ApiAnswer", "ErrorOptions"],
  ],
};
