//! A scheduler that fits on a screen: futures that wait for conditions of the world.
//!
//! There are no wakers. Whenever the world is quiescent every task is polled, in a fixed order,
//! until none makes progress; then the clock moves to the next thing that is due.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use simtime::Advance;

use super::{Error, Shared, World};

/// No scenario may take longer than this; it bounds one that waits in vain while somebody polls.
const LONGEST: Duration = Duration::from_secs(14 * 24 * 3600);

/// Waits until `condition` gives something. It is asked at quiescent points only.
pub async fn until<T>(world: &Shared, mut condition: impl FnMut(&mut World) -> Option<T>) -> T {
    std::future::poll_fn(|_| match one_at_a_time(world, &mut condition) {
        Some(value) => Poll::Ready(value),
        None => Poll::Pending,
    })
    .await
}

/// Asks the condition unless somebody has already acted in this round: what two tasks do without a
/// rest between them would race in the world.
fn one_at_a_time<T>(
    world: &Shared,
    condition: &mut impl FnMut(&mut World) -> Option<T>,
) -> Option<T> {
    let mut world = world.borrow_mut();
    if world.acted_this_round() {
        return None;
    }
    condition(&mut world)
}

/// Waits until this virtual time.
pub async fn sleep_until(world: &Shared, at: Duration) {
    until(world, |world| {
        if world.now() >= at {
            return Some(());
        }
        world.timer(at);
        None
    })
    .await;
}

/// Waits this long.
pub async fn sleep(world: &Shared, length: Duration) {
    let at = world.borrow().now().saturating_add(length);
    sleep_until(world, at).await;
}

/// Lets the world come to rest once before the next thing happens, so that two things never race that a scenario
/// tells one after the other.
pub async fn rest(world: &Shared) {
    let mut asked = false;
    until(world, |world| {
        if asked {
            return Some(());
        }
        asked = true;
        world.touch();
        None
    })
    .await;
}

/// What ended first.
pub enum Either<A, B> {
    /// The first future; it is preferred when both are ready.
    Left(A),
    /// The second future.
    Right(B),
}

/// Waits for the first of two futures to end and drops the other.
pub async fn first<A, B>(
    left: impl Future<Output = A>,
    right: impl Future<Output = B>,
) -> Either<A, B> {
    let mut left = pin!(left);
    let mut right = pin!(right);
    std::future::poll_fn(|context| {
        if let Poll::Ready(value) = left.as_mut().poll(context) {
            return Poll::Ready(Either::Left(value));
        }
        right.as_mut().poll(context).map(Either::Right)
    })
    .await
}

/// A task that runs beside the main one.
pub(super) type Task = Pin<Box<dyn Future<Output = ()>>>;

/// Runs `main` in the world until it ends; the tasks spawned meanwhile are dropped with it.
///
/// # Errors
/// When the world breaks, or nobody will ever do anything again while `main` still waits.
pub fn drive<T>(world: &Shared, main: impl Future<Output = T>) -> Result<T, Error> {
    let mut main = pin!(main);
    let mut tasks: Vec<Task> = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    loop {
        World::settle(world)?;
        loop {
            let before = world.borrow_mut().begin_round();
            if let Poll::Ready(value) = main.as_mut().poll(&mut context) {
                return Ok(value);
            }
            tasks.retain_mut(|task| {
                world.borrow().acted_this_round() || task.as_mut().poll(&mut context).is_pending()
            });
            let (progress, spawned) = world.borrow_mut().end_round(before);
            tasks.extend(spawned);
            if !progress {
                break;
            }
            World::settle(world)?;
        }
        let mut here = world.borrow_mut();
        if here.now() > LONGEST {
            return Err(Error::TooLong(LONGEST));
        }
        if let Advance::Idle = here.advance()? {
            return Err(here.deadlock());
        }
    }
}

/// Waits for both of two futures.
pub async fn both<A, B>(left: impl Future<Output = A>, right: impl Future<Output = B>) -> (A, B) {
    let mut left = pin!(left);
    let mut right = pin!(right);
    let (mut a, mut b) = (None, None);
    std::future::poll_fn(|context| {
        if a.is_none()
            && let Poll::Ready(value) = left.as_mut().poll(context)
        {
            a = Some(value);
        }
        if b.is_none()
            && let Poll::Ready(value) = right.as_mut().poll(context)
        {
            b = Some(value);
        }
        match (a.take(), b.take()) {
            (Some(left), Some(right)) => Poll::Ready((left, right)),
            (left, right) => {
                (a, b) = (left, right);
                Poll::Pending
            }
        }
    })
    .await
}
