// Several release compilers side by side, so that a release that takes long to compile holds up no other. The first is
// started at once; the others when they are first needed.
import {
  createReleaseCompiler,
  type ReleaseCompiler,
  type ReleaseCompilerOptions,
} from './compile-release.ts';

interface Lane {
  readonly compiler: ReleaseCompiler;
  waiting: number;
}

/** `lanes` releases at a time; a release takes the lane where the fewest wait. */
export function createCompilerLanes(lanes: number, options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  const all = Array.from({ length: lanes }, (_, index): Lane => {
    const startsLate = index > 0 || options.startsLate === true;
    return { compiler: createReleaseCompiler({ ...options, startsLate }), waiting: 0 };
  });
  const inLane = async <T>(work: (compiler: ReleaseCompiler) => Promise<T>): Promise<T> => {
    const lane = all.reduce((best, next) => (next.waiting < best.waiting ? next : best));
    lane.waiting += 1;
    try {
      return await work(lane.compiler);
    } finally {
      lane.waiting -= 1;
    }
  };
  return {
    compile: (request) => inLane((compiler) => compiler.compile(request)),
    judge: (request) => inLane((compiler) => compiler.judge(request)),
    read: (request) => inLane((compiler) => compiler.read(request)),
    check: (request, order) => inLane((compiler) => compiler.check(request, order)),
    start: () => all[0]?.compiler.start(),
    async close() {
      await Promise.all(all.map(({ compiler }) => compiler.close()));
    },
  };
}
