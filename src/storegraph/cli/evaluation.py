"""Commands that set what was concluded beside what really happened."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console

from .setting import set_option
from .terminal import FILE, progress_bar


@click.command()
@click.option("--out", type=FILE, default=Path("out/demo"), show_default=True, help="Folder for the results.")
@click.option("--seed", default=11, show_default=True, type=click.IntRange(0), help="Of the simulation.")
def demo(out: Path, seed: int) -> None:
    """Simulate a minute in a shop, replay it, and compare with the truth; OUT/index.html shows all of it."""
    from storegraph.evaluation.demo import demo as run
    from storegraph.evaluation.demo import demo_tables, next_steps

    shown = run(out, progress_bar, seed)
    console = Console()
    console.print(demo_tables(shown))
    console.print(next_steps(shown), soft_wrap=True, highlight=False)


@click.command()
@click.argument("results", type=FILE)
@click.option("--bag", type=FILE, required=True, help="The bag that was replayed.")
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--truth", type=FILE, help="Folder of the truth, of a simulated bag.")
@click.option("--out", type=FILE, required=True, help="The .html file to make.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
def page(results: Path, bag: Path, store_file: Path, truth: Path | None, out: Path, force: bool) -> None:
    """Show RESULTS of a replay as one HTML file: the map, tracks, weights, interactions and receipts."""
    from storegraph.evaluation.page.file import write_page
    from storegraph.store.file import load_store

    write_page(out, load_store(store_file), results, bag, truth, replace=force)
    click.echo(f"Page: {out}")


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store BAG was simulated in.")
@click.option("--real", "real_bag", type=FILE, required=True, help="A recording of a real store.")
@click.option("--real-store", "real_store", type=FILE, required=True, help="The store it was recorded in.")
@click.option("--out", type=FILE, required=True, help="Folder for the page and its pictures.")
@click.option("--force", is_flag=True, help="Replace the folder if it is there.")
def realism(bag: Path, store_file: Path, real_bag: Path, real_store: Path, out: Path, force: bool) -> None:
    """Compare what sensors said in a simulated BAG with a recording of a real store, figure by figure."""
    from storegraph.evaluation.realism import realism as run

    run(real_bag, real_store, bag, store_file, out, replace=force)
    click.echo(f"Page: {out / 'realism.md'}")


@click.command()
@click.argument("bag", type=FILE)
@click.option("--store", "store_file", type=FILE, required=True, help="The store the bag was recorded in.")
@click.option("--truth", type=FILE, required=True, help="Folder of the truth, beside a simulated bag.")
def tracks(bag: Path, store_file: Path, truth: Path) -> None:
    """Compare the shoppers in BAG with the truth: identities, joints, wrists near shelves.

    BAG is one that a replay or a recorder wrote.
    """
    from storegraph.evaluation.replayed import read_shoppers
    from storegraph.evaluation.tracks import score_tracks, track_table
    from storegraph.simulation.truth import read_truth
    from storegraph.store.file import load_store
    from storegraph.store.geometry import ScaleGeometry

    store, told = load_store(store_file), read_truth(truth)
    goods = ScaleGeometry.of(store)
    Console().print(track_table(score_tracks(read_shoppers(bag, store), told.frames, told.happened.people, goods)))


@click.command()
@click.argument("suites", metavar="SUITE...", nargs=-1, required=True)
@click.option("--out", type=FILE, default=Path("out/evaluation"), show_default=True, help="Folder for the report.")
@click.option("--work", type=FILE, help="Folder for recordings and results that are kept; without it, OUT/work.")
@click.option("--sample", "count", type=click.IntRange(1), help="Only so many runs of each suite.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; without it, one for each core.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster to play on, as tcp://HOST:8786.")
@click.option("--params-file", type=FILE, help="Parameters of the nodes; config/parameters.yaml shows all there are.")
@set_option("A setting of the stages")
@click.option("--ablation", is_flag=True, help="Play everything again without each idea of attribution.")
@click.option("--variants", "variants_file", type=FILE, help="YAML: settings to compare, as config/ablation.yaml.")
@click.option("--baseline", type=FILE, help="The report.json of an earlier evaluation: show what changed.")
@click.pass_context
def evaluate(
    context: click.Context,
    suites: tuple[str, ...],
    out: Path,
    work: Path | None,
    count: int | None,
    jobs: int | None,
    scheduler: str | None,
    params_file: Path | None,
    settings: dict[str, str],
    ablation: bool,
    variants_file: Path | None,
    baseline: Path | None,
) -> None:
    """Play the visits of each SUITE and count how many receipts are right.

    SUITE is a name that comes with the package (standard, adversarial, and both with faults), or a .yaml file. OUT gets
    report.json and index.html, in which a click leads to each visit that went wrong. What was played before and has not
    changed is not played again. Exits with 1 where a run died.
    """
    import os

    from storegraph.evaluation.suites.comparison import comparisons_of
    from storegraph.evaluation.suites.evaluate import evaluate as run
    from storegraph.evaluation.suites.file import load_suite
    from storegraph.evaluation.suites.page import write_report_page
    from storegraph.evaluation.suites.playing import Variant
    from storegraph.evaluation.suites.report import read_report, write_report
    from storegraph.evaluation.suites.schedule import cluster, local
    from storegraph.evaluation.suites.table import comparison_tables, evaluated_tables
    from storegraph.evaluation.suites.variants import load_variants

    if ablation and variants_file:
        raise click.UsageError("--ablation and --variants exclude each other.")
    variants: tuple[Variant, ...] = (Variant("", settings, params_file),)
    if ablation or variants_file:
        variants = load_variants(variants_file, settings, params_file)
    loaded = [load_suite(suite) for suite in suites]
    before = read_report(baseline) if baseline else None
    kept = (work or out / "work").resolve()
    try:
        with (
            cluster(scheduler) if scheduler else local(jobs or os.cpu_count() or 1) as executor,
            progress_bar("playing") as progress,
        ):
            report = run(loaded, variants, kept, executor, count=count, progress=progress)
    except KeyboardInterrupt:
        click.echo(f"What was played is kept in {kept}; the same command goes on from there.", err=True)
        raise
    comparisons = comparisons_of(report, before)
    write_report(report, out / "report.json")
    write_report_page(report, comparisons, out / "index.html", os.path.relpath(kept / "visits", out.resolve()))
    console = Console()
    for evaluated in report.evaluated:
        console.print(*evaluated_tables(evaluated), sep="\n")
    for compared in comparisons:
        console.print(*comparison_tables(compared), sep="\n")
    console.print(f"Report: {out / 'report.json'}\nPage: {out / 'index.html'}", soft_wrap=True)
    if any(played.error for evaluated in report.evaluated for played in evaluated.runs):
        context.exit(1)
