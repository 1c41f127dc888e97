// Several release compilers in parallel, so that a slow release delays no other.
import {
  createReleaseCompiler,
  type ReleaseCompiler,
  type ReleaseCompilerOptions,
} from './compile-release.ts';

interface Lane {
  readonly compiler: ReleaseCompiler;
  waiting: number;
}

/** `lanes` releases at a time; a release goes to the lane with the shortest queue. */
export function createCompilerLanes(lanes: number, options: ReleaseCompilerOptions = {}): ReleaseCompiler {
  const all = Array.from({ length: lanes }, (): Lane => ({
    compiler: createReleaseCompiler(options),
    waiting: 0,
  }));
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
    async close() {
      await Promise.all(all.map(({ compiler }) => compiler.close()));
    },
  };
}
